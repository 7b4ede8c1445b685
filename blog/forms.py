"""Forms of entries and snippets."""

from __future__ import annotations

from typing import Any

import regex
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout, Submit
from django import forms
from django.forms.widgets import Script
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from blog.models import BODY_MAX_LENGTH, MAX_TAGS, TITLE_MAX_LENGTH, Publication
from blog.rendering import lexer_choices
from blog.slugs import make_slug
from microblog.core.fields import SubmissionKeyField
from microblog.core.text import (
    MaxCharactersValidator,
    normalize_text,
    validate_marks,
    validate_no_control_characters,
    validate_visible,
)

_LINE_BREAK = regex.compile(r"\r\n?")


class TitleField(forms.CharField):
    """A normalized text of one line."""

    default_validators = [
        validate_no_control_characters,
        validate_marks,
        validate_visible,
        MaxCharactersValidator(TITLE_MAX_LENGTH),
    ]

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})
        super().__init__(label=_("Title"), widget=widget, **options)

    def to_python(self, value: Any) -> str:
        return " ".join(normalize_text(super().to_python(value)).split())


class MarkdownTextarea(forms.Textarea):
    """A text area, which works by itself, with a toolbar for browsers with scripts."""

    template_name = "blog/markdown_textarea.html"
    # The style that the component gives to the selected text, our icon, and the label.
    buttons = [
        ("header-1", "heading", pgettext_lazy("formatting", "Heading")),
        ("bold", "bold", pgettext_lazy("formatting", "Bold")),
        ("italic", "italic", pgettext_lazy("formatting", "Italic")),
        ("quote", "quote", pgettext_lazy("formatting", "Quote")),
        ("code", "code", pgettext_lazy("formatting", "Code")),
        ("link", "link", pgettext_lazy("formatting", "Link")),
        ("unordered-list", "list", pgettext_lazy("formatting", "List")),
        ("ordered-list", "numbered", pgettext_lazy("formatting", "Numbered list")),
    ]

    class Media:
        js = [
            Script("blog/markdown-toolbar-element-2.2.3/index.js", type="module"),
            Script("blog/editor.js", type="module"),
        ]

    def get_context(self, *args: Any) -> dict[str, Any]:
        context = super().get_context(*args)
        context["widget"]["buttons"] = self.buttons
        return context


class SourceField(forms.CharField):
    """
    A text in a markup language, kept exactly as it was typed but for the kind of its line breaks.

    The input has no `maxlength`, with which browsers cut pasted text off without a word.
    """

    default_validators = [validate_no_control_characters, validate_marks, validate_visible]

    def __init__(self, *, widget: type[forms.Textarea] = forms.Textarea, **options: Any) -> None:
        area = widget(attrs={"rows": 18, "dir": "auto", "class": "mb-editor__text"})
        super().__init__(label=_("Body"), max_length=BODY_MAX_LENGTH, strip=False, widget=area, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}

    def to_python(self, value: Any) -> str:
        return _LINE_BREAK.sub("\n", super().to_python(value) or "").strip("\n")


class TagsField(forms.CharField):
    """Words separated by commas, cleaned to their slugs."""

    default_validators = [validate_no_control_characters, validate_marks]

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"dir": "auto", "autocomplete": "off", "autocapitalize": "none"})
        super().__init__(label=_("Tags"), required=False, max_length=500, widget=widget, **options)

    def clean(self, value: Any) -> list[str]:
        words = regex.split(r"[,،、，;#\n]", super().clean(value))
        slugs = list(dict.fromkeys(filter(None, (make_slug(word, default="") for word in words))))
        if len(slugs) > MAX_TAGS:
            message = ngettext(
                "An entry can have %(limit)d tag. Please remove some.",
                "An entry can have %(limit)d tags. Please remove some.",
                MAX_TAGS,
            )
            raise forms.ValidationError(message % {"limit": MAX_TAGS}, code="too_many")
        return slugs


class PublicationForm(forms.Form):
    """What the forms of entries and snippets have in common."""

    title = TitleField()
    body = SourceField()
    status = forms.TypedChoiceField(
        label=_("Entry status"),
        choices=Publication.Status.choices,
        coerce=int,
        initial=Publication.Status.PUBLIC,
        help_text=_("Only you can see a draft."),
    )
    announce = forms.BooleanField(
        label=_("Post a link to my followers"), required=False, help_text=_("As soon as it is public, and only once.")
    )
    # The version of the row that the form was filled with.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission_key = SubmissionKeyField()

    # The fields that belong to the row.
    content: tuple[str, ...] = ("title", "body", "status")
    # Buttons next to that which saves.
    buttons: tuple[HTML, ...] = ()
    field_order = ["title", "body", "tags", "lexer_name", "status", "announce"]

    def __init__(self, *args: Any, is_announced: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_announced:
            del self.fields["announce"]
        names = [name for name in self.fields if name not in ("submission_key", "version")]
        cancel = HTML('{% load i18n %}<a class="btn btn-default" href="{{ cancel_url }}">{% translate "Cancel" %}</a>')
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            HTML("{{ form.submission_key }}"),
            "version",
            *names,
            Div(Submit("submit", _("Save")), *self.buttons, cancel, css_class="mb-actions"),
        )
        # Percent-encoded, a long text in some scripts would exceed the limit of a request.
        self.helper.attrs = {"enctype": "multipart/form-data"}

    @classmethod
    def describe(cls, publication: Publication) -> dict[str, Any]:
        """Return the initial values of the form for a row."""
        return {name: getattr(publication, name) for name in (*cls.content, "version")}

    @property
    def changes(self) -> dict[str, Any]:
        """Return the values of the row's own fields."""
        return {name: self.cleaned_data[name] for name in self.content}


class EntryForm(PublicationForm):
    body = SourceField(widget=MarkdownTextarea)
    tags = TagsField(help_text=_("Words separated by commas."))
    buttons = (HTML('{% include "blog/_preview_button.html" %}'),)

    @classmethod
    def describe(cls, publication: Publication) -> dict[str, Any]:
        return super().describe(publication) | {"tags": ", ".join(map(str, publication.tags.all()))}


class PreviewForm(forms.Form):
    """What an entry that is being written is shown with; the title may be missing still."""

    title = TitleField(required=False)
    body = SourceField(
        error_messages={"required": _("There is nothing to preview yet. Please write some text first.")}
    )


class SnippetForm(PublicationForm):
    lexer_name = forms.ChoiceField(
        label=pgettext_lazy("programming", "Language"),
        required=False,
        choices=lambda: [("", _("Detect automatically")), *lexer_choices()],
    )
    content = (*PublicationForm.content, "lexer_name")
