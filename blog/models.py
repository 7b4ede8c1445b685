"""Entries and snippets, which are public, and the tags of entries."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from blog.querysets import EntryQuerySet, SnippetQuerySet, to_position
from blog.slugs import SLUG_MAX_LENGTH
from microblog.core.performance.urls import cached_reverse
from microblog.core.text import CODE_POINTS_PER_CHARACTER

TITLE_MAX_LENGTH = 100
BODY_MAX_LENGTH = 100_000
SUMMARY_LENGTH = 200
MAX_TAGS = 5


class Tag(models.Model):
    """A subject of entries. Its slug is its name: everybody who types the same words gets the same tag."""

    slug = models.SlugField(_("tag"), max_length=SLUG_MAX_LENGTH, allow_unicode=True, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return cached_reverse("entries:tag", self.slug)


class Publication(models.Model):
    """
    What entries and snippets have in common: a titled text by one user, public or a draft.

    Lists are ordered by published_at, which is unique, as others are ordered by id.
    """

    class Status(models.IntegerChoices):
        PUBLIC = 0, _("Public")
        DRAFT = 1, _("Draft")

    # The namespace of its URLs, and the slug of a title that has no letters.
    namespace: str
    default_slug: str

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.CASCADE,
        related_name="%(class)s_set",
        db_index=False,  # an index below begins with it
    )
    # Forms limit characters; a character may be several code points.
    title = models.CharField(_("title"), max_length=TITLE_MAX_LENGTH * CODE_POINTS_PER_CHARACTER)
    # Made from the first title, and never changed: links and feeds keep working.
    slug = models.SlugField(_("slug"), max_length=SLUG_MAX_LENGTH, allow_unicode=True, unique=True)
    body = models.TextField(_("text"))
    # The body as sanitised HTML, and the version of blog.rendering that rendered it, or refused to render it again.
    body_html = models.TextField(editable=False)
    renderer_version = models.PositiveSmallIntegerField(editable=False)
    # The beginning of the text, for lists and the descriptions of pages.
    summary = models.CharField(max_length=SUMMARY_LENGTH, blank=True, editable=False)
    status = models.PositiveSmallIntegerField(_("status"), choices=Status, default=Status.PUBLIC)
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)
    # Set once, when the text first became public.
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    # When the title or the text last changed.
    modified_at = models.DateTimeField(_("edited at"), default=timezone.now, editable=False)
    # Counts the changes: a form that was opened before the last one does not overwrite it.
    version = models.PositiveIntegerField(default=1, editable=False)
    hidden_at = models.DateTimeField(_("hidden at"), null=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("hidden by"),
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,  # an index below covers hidden rows only
    )
    hidden_reason = models.CharField(_("reason for hiding"), max_length=200, blank=True, editable=False)
    # When its author posted a link to it, which happens once.
    announced_at = models.DateTimeField(_("posted to followers at"), null=True, editable=False)
    # Derived from the form's key and the content (core.fields), so that sending a form twice writes one row.
    submission_key = models.UUIDField(null=True, editable=False)

    class Meta:
        abstract = True
        indexes = [
            # Serves lists of one author.
            models.Index(fields=["author", "-published_at"], name="%(class)s_author_published_idx"),
            # Serves the list of an author's drafts.
            models.Index(fields=["author", "-id"], name="%(class)s_drafts_idx", condition=models.Q(status=1)),
            # Serves services.render_older().
            models.Index(fields=["renderer_version", "id"], name="%(class)s_renderer_version_idx"),
            # Serves the deletion of users that hid rows.
            models.Index(fields=["hidden_by"], name="%(class)s_hidden_by_idx", condition=~models.Q(hidden_by=None)),
        ]
        constraints = [
            # Its index serves lists and feeds, which are ordered by it.
            models.UniqueConstraint(fields=["published_at"], name="%(class)s_published_at_unique"),
            # Serves services.create_entry() and create_snippet().
            models.UniqueConstraint(fields=["author", "submission_key"], name="%(class)s_submission_unique"),
            models.CheckConstraint(condition=models.Q(status__in=(0, 1)), name="%(class)s_status_known"),
            models.CheckConstraint(
                condition=models.Q(status=1) | models.Q(published_at__isnull=False),
                name="%(class)s_public_is_published",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("body"), BODY_MAX_LENGTH), name="%(class)s_body_length"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    def get_absolute_url(self) -> str:
        return cached_reverse(f"{self.namespace}:detail", self.slug)

    @property
    def audit_name(self) -> str:
        """Return the name of the row in the audit log, without its text: the log outlives the row."""
        return f"{self.author.username}/{self.pk}"

    @property
    def html(self) -> SafeString:
        """Return the body as the safe HTML that blog.rendering wrote."""
        return mark_safe(self.body_html)  # noqa: S308 - written by the renderer alone

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def edited_at(self) -> Any:
        """Return when the text last changed after it was published, or None."""
        return self.modified_at if self.published_at and self.modified_at > self.published_at else None

    @property
    def position(self) -> int:
        """Return the place of a published text in lists, as cursors name it."""
        return to_position(self.published_at)


class Entry(Publication):
    """An article in Markdown."""

    namespace = "entries"
    default_slug = "entry"

    # The language of the text: a code such as "es" (posts.languages), '' if unknown.
    language = models.CharField(_("language"), max_length=5, blank=True)
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), related_name="entries", blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta(Publication.Meta):
        verbose_name = _("entry")
        verbose_name_plural = _("entries")


class Snippet(Publication):
    """A piece of code, shown in colours."""

    namespace = "snippets"
    default_slug = "snippet"

    # The language of the code, as Pygments names its lexers (blog.rendering).
    lexer_name = models.CharField(_("language"), max_length=64)

    objects = SnippetQuerySet.as_manager()

    class Meta(Publication.Meta):
        verbose_name = _("snippet")
        verbose_name_plural = _("snippets")


class PublicState(models.Model):
    """The one row that names the state of what the public sees of the blog; kept pages belong to one name."""

    # Random, so that a database from a backup never names a state again that had other pages.
    name = models.UUIDField(default=uuid.uuid4)
    # At least a second after the one before, since a date in a header has no fractions of seconds.
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("state of the public blog")
        verbose_name_plural = _("states of the public blog")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="public_state_is_one")]

    def __str__(self) -> str:
        return str(self.name)
