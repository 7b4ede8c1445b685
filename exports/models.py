"""Archives of users' data."""

from __future__ import annotations

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """
    One request for the archive of what a person wrote and set, and how far it has come.

    Made in slices by exports.slices.continue_export(). Everything that it stores stands in a folder named by its id.
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
    # exports.writer.Place as JSON, and the names of the files of the slices.
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
