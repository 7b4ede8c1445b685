"""The model of exports."""

from __future__ import annotations

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """
    A user's request for the archive of their data, and its progress.

    exports.slices.continue_export() writes it in slices. All its files are in a folder named by its id.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("In progress")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    class Failure(models.TextChoices):
        """Why an export failed, as its owner reads it."""

        NO_SPACE = "no_space", _("The site has no room left for files at the moment.")
        STORAGE = "storage", _("The archive could not be stored.")
        INTERRUPTED = "interrupted", _("The export was interrupted several times.")
        UNEXPECTED = "unexpected", _("Something unexpected went wrong. The site's operator can see the details.")

    IN_PROGRESS = (State.QUEUED, State.RUNNING)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports", db_index=False
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    failure = models.CharField(_("reason for failure"), max_length=11, choices=Failure, blank=True)
    created_at = models.DateTimeField(_("requested at"), default=timezone.now)
    # When the last slice started or ended.
    updated_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    # Slices written, and attempts at the next one.
    slices = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    # exports.writer.Place as JSON, and the names of the slices' files.
    place = models.JSONField(default=dict)
    parts = models.JSONField(default=list)
    # The name of the archive in the storage "exports".
    file = models.CharField(max_length=100, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            # Serves the list of the user's exports.
            models.Index(fields=["user", "-id"], name="export_user_id_idx"),
            # Serves services.expire_exports().
            models.Index(
                fields=["expires_at"], name="export_expires_at_idx", condition=models.Q(expires_at__isnull=False)
            ),
        ]
        constraints = [
            # Also serves services.resume_exports().
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
    def failure_text(self) -> str:
        """Why it failed, translated, or nothing."""
        return str(self.get_failure_display())

    @property
    def is_downloadable(self) -> bool:
        return self.state == self.State.DONE and self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def download_name(self) -> str:
        """The file name of the download."""
        return f"microblog-{self.user.username}-{self.created_at:%Y-%m-%d}.zip"

    @property
    def etag(self) -> str:
        """The entity tag for range requests; an archive never changes."""
        return f'"{self.pk}-{self.size}"'

    def open(self) -> File:
        return storages["exports"].open(self.file)
