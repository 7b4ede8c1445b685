"""What people write."""

from __future__ import annotations

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from microblog.core.addresses import address
from microblog.core.checks import POST_MAX_LENGTH_CEILING
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
    # Of the form's key and the content (core.submissions), so that sending a form twice writes one post.
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
        return address("posts:post", self.pk)

    @property
    def audit_name(self) -> str:
        """What the audit log calls the post: it outlives the post, and so does not hold its text."""
        return f"{self.author.username}/{self.pk}"

    @property
    def html(self) -> SafeString:
        """The body as HTML that posts.rendering made safe."""
        return mark_safe(self.body_html)  # noqa: S308 - written by the renderer alone


class Export(models.Model):
    """
    One request for the archive of what a person wrote and set, and how far it has come.

    Made in slices by posts.services.continue_export(). Everything that it stores stands in a folder named by its id.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("In progress")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    class Failure(models.TextChoices):
        """Why there is no archive, in words for its owner."""

        NO_SPACE = "no_space", _("The site has no room left for files at the moment.")
        STORAGE = "storage", _("The archive could not be stored.")
        INTERRUPTED = "interrupted", _("The work was interrupted several times.")
        UNEXPECTED = "unexpected", _("Something unexpected went wrong, and the people who run the site can read what.")

    IN_PROGRESS = (State.QUEUED, State.RUNNING)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports", db_index=False
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    failure = models.CharField(_("why failed"), max_length=11, choices=Failure, blank=True)
    created_at = models.DateTimeField(_("asked for at"), default=timezone.now)
    # When a slice last began or ended.
    updated_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    # Slices written so far, and attempts at the next one.
    slices = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    # posts.archive.Place as JSON, and the names of the files of the slices.
    place = models.JSONField(default=dict)
    parts = models.JSONField(default=list)
    # Name of the archive in the storage "exports".
    file = models.CharField(max_length=100, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            # Serves the list of one's exports.
            models.Index(fields=["user", "-id"], name="export_user_id_idx"),
            # Serves services.expire_exports().
            models.Index(
                fields=["expires_at"], name="export_expires_at_idx", condition=models.Q(expires_at__isnull=False)
            ),
        ]
        constraints = [
            # Serves services.resume_exports() too.
            models.UniqueConstraint(
                fields=["user"],
                name="export_one_in_progress",
                condition=models.Q(state__in=["queued", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.get_state_display()}"

    @property
    def is_in_progress(self) -> bool:
        return self.state in self.IN_PROGRESS

    @property
    def progress(self) -> int:
        """Percent done."""
        if not self.is_in_progress:
            return 100
        return min(100 * self.rows_done // max(self.rows_total, 1), 99)

    @property
    def is_downloadable(self) -> bool:
        return self.state == self.State.DONE and self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def download_name(self) -> str:
        """What the archive is called where its owner keeps it."""
        return f"microblog-{self.user.username}-{self.created_at:%Y-%m-%d}.zip"

    @property
    def etag(self) -> str:
        """Name the archive for programs that go on with a download; it never changes."""
        return f'"{self.pk}-{self.size}"'

    def open(self) -> File:
        """Open the archive for reading."""
        return storages["exports"].open(self.file)
