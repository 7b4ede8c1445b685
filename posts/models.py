"""What people write."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from microblog.core.checks import POST_MAX_LENGTH_CEILING
from microblog.core.performance.urls import cached_reverse
from microblog.core.text import CODE_POINTS_PER_CHARACTER
from posts.querysets import PostQuerySet


class Post(models.Model):
    """One short text by one person. Ids rise with time, and lists are ordered by them alone."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.CASCADE,
        related_name="posts",
        db_index=False,  # the index below begins with it
    )
    body = models.TextField(_("text"))
    # The body as sanitised HTML, by the renderer of this version (posts.rendering).
    body_html = models.TextField(editable=False)
    renderer_version = models.PositiveSmallIntegerField(editable=False)
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("edited at"), null=True, editable=False)
    # A code such as "es" (posts.languages), '' where unknown.
    language = models.CharField(_("language"), max_length=5, blank=True)
    # Which version of the detector named the language: 0 before any did, SET_BY_HAND where a person did.
    detector_version = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    hidden_at = models.DateTimeField(_("hidden at"), null=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("hidden by"),
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,  # the index below leaves out the posts that nobody hid
    )
    hidden_reason = models.CharField(_("why hidden"), max_length=200, blank=True, editable=False)
    # Of the form's key and the content (core.fields), so that sending a form twice writes one post.
    submission_key = models.UUIDField(null=True, editable=False)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [
            # Serves profile pages and every shape of the home timeline.
            models.Index(fields=["author", "-id"], name="post_author_id_idx"),
            # Serves services.render_older_posts().
            models.Index(fields=["renderer_version", "id"], name="post_renderer_version_id_idx"),
            # Serves the deletion of whoever hid posts.
            models.Index(fields=["hidden_by"], name="post_hidden_by_idx", condition=models.Q(hidden_by__isnull=False)),
        ]
        constraints = [
            # Serves publish_post().
            models.UniqueConstraint(fields=["author", "submission_key"], name="post_submission_unique"),
            # What no setting of POST_MAX_LENGTH may exceed; the setting itself is checked by the forms.
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("body"), POST_MAX_LENGTH_CEILING * CODE_POINTS_PER_CHARACTER),
                name="post_body_length",
            ),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    def get_absolute_url(self) -> str:
        return cached_reverse("posts:post", self.pk)

    @property
    def audit_name(self) -> str:
        """What the audit log calls the post: it outlives the post, and so does not hold its text."""
        return f"{self.author.username}/{self.pk}"

    @property
    def html(self) -> SafeString:
        """The body as HTML that posts.rendering made safe."""
        return mark_safe(self.body_html)  # noqa: S308 - written by the renderer alone
