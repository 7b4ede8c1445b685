"""Serializers of entries and snippets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import PersonSerializer
from api.examples import TIME
from api.fields import FormCharField, StrictBooleanField, StrictCharField
from api.serializers import LinksField, ResourceSerializer
from blog.forms import EntryForm, SnippetForm
from blog.models import Entry, Publication, Snippet

TITLE, BODY, TAGS = (EntryForm.base_fields[name] for name in ("title", "body", "tags"))
STATUSES = {status.name.lower(): status for status in Publication.Status}


class StatusField(serializers.ChoiceField):
    """The status of a text by its name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=list(STATUSES), **options)

    def to_internal_value(self, data: Any) -> Publication.Status:
        return STATUSES[super().to_internal_value(data)]

    def to_representation(self, instance: Publication) -> str:
        return Publication.Status(instance.status).name.lower()


class TagsField(serializers.ListField):
    """The tags of an entry by their slugs, in one order for the same tags."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=StrictCharField(), initial=["tea"], **options)

    def to_internal_value(self, data: Any) -> list[str]:
        slugs: list[str] = TAGS.clean(",".join(super().to_internal_value(data)))
        return slugs

    def to_representation(self, instance: Entry) -> list[str]:
        return sorted(tag.slug for tag in instance.tags.all())


class PublicationSerializer(ResourceSerializer):
    """What entries and snippets have in common, without the texts: a page of a list could have megabytes of them."""

    id = serializers.IntegerField()
    title = serializers.CharField(initial="Tea time")
    slug = serializers.CharField(initial="tea-time", help_text="It stays when the title changes.")
    summary = serializers.CharField(initial="The best of times", help_text="The beginning of the text.")
    status = StatusField(source="*", help_text="Only you can see your drafts.")
    created_at = serializers.DateTimeField()
    published = serializers.DateTimeField(
        source="published_at", allow_null=True, initial=TIME, help_text="When it first became public."
    )
    updated = serializers.DateTimeField(source="modified_at", help_text="When the title or the text last changed.")
    author = PersonSerializer()
    hidden_reason = serializers.CharField(required=False)

    def to_representation(self, instance: Publication) -> dict[str, Any]:
        represented = super().to_representation(instance)
        if instance.hidden_at is not None:
            represented["hidden_reason"] = instance.hidden_reason
        return represented


class EntryItemSerializer(PublicationSerializer):
    """An entry in a list, without its text. `hidden_reason` is present only if a moderator has hidden your entry."""

    language = serializers.CharField(initial="en", help_text="A code such as `es`; empty if unknown.")
    tags = TagsField(source="*")
    _links = LinksField(self="api:entry", html=Entry.get_absolute_url)


class EntrySerializer(EntryItemSerializer):
    """An entry. `hidden_reason` is present only if a moderator has hidden your entry."""

    body = serializers.CharField(initial="The *best* of times", help_text="Markdown.")
    html = serializers.CharField(initial="<p>The <em>best</em> of times</p>", help_text="The text as safe HTML.")


class SnippetItemSerializer(PublicationSerializer):
    """A snippet in a list, without its code. `hidden_reason` is present only if a moderator has hidden it."""

    language = serializers.CharField(source="lexer_name", initial="python", help_text="The language of the code.")
    _links = LinksField(self="api:snippet", html=Snippet.get_absolute_url)


class SnippetSerializer(SnippetItemSerializer):
    """A snippet. `hidden_reason` is present only if a moderator has hidden it."""

    body = serializers.CharField(initial="print('Tea')", help_text="The code, as it was typed.")
    html = serializers.CharField(initial="<pre>print('Tea')</pre>", help_text="The code in colours, as safe HTML.")


class NewPublication(serializers.Serializer):
    """What every new text must have."""

    title = FormCharField(form_field=TITLE, initial="Tea time", help_text="At most 100 characters.")
    body = FormCharField(form_field=BODY, initial="The best of times", help_text="At most 100,000 characters.")


class PublicationChanges(serializers.Serializer):
    """Changes of a text; members that you leave out keep their values."""

    title = FormCharField(form_field=TITLE, required=False, initial="Coffee time")
    body = FormCharField(form_field=BODY, required=False)
    status = StatusField(required=False, help_text="A new text is public unless you set it.")
    announce = StrictBooleanField(
        required=False, help_text="Post a link to your followers as soon as it is public, and only once."
    )


class EntryChanges(PublicationChanges):
    """Changes of an entry; members that you leave out keep their values."""

    tags = TagsField(required=False, help_text="At most 5. They replace all tags of the entry.")


class NewEntry(NewPublication, EntryChanges):
    """A new entry, in Markdown."""


class SnippetChanges(PublicationChanges):
    """Changes of a snippet; members that you leave out keep their values."""

    language = FormCharField(
        form_field=SnippetForm.base_fields["lexer_name"],
        source="lexer_name",
        required=False,
        allow_blank=True,
        initial="python",
        help_text="A name that Pygments knows. Empty to detect it, which is done for a new snippet without it.",
    )


class NewSnippet(NewPublication, SnippetChanges):
    """A new snippet of code."""
