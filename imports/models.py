"""What was imported, and how far."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from posts.models import Post


class Import(models.Model):
    """
    The import of one source, whichever URL it has.

    The first user and the first post identify the source: in Flask Microblog, posts and email addresses never change.
    """

    first_user = models.CharField(max_length=300)
    # Empty while the source has no posts.
    first_post = models.CharField(max_length=100, blank=True)
    # Whether the site was empty, so that users and posts have the ids of the source.
    keeps_ids = models.BooleanField()
    # How far each kind of row was imported, by its name; written in the transaction of the rows.
    marks = models.JSONField(default=dict)
    # Counts the transactions, so that of two imports at the same time one stops.
    batches = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    # None while rows or counters are missing.
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            # Serves services.import_microblog(), so that two that begin at the same time are one.
            models.UniqueConstraint(fields=["first_user", "first_post"], name="import_source_unique"),
        ]

    def __str__(self) -> str:
        return self.first_user

    @property
    def audit_name(self) -> str:
        """Return the name of the import in the audit log, without the email address."""
        return f"import {self.pk}"


class ImportedUser(models.Model):
    """A user of the source who has an account here."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="users", db_index=False)
    original_id = models.BigIntegerField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # The username in the source where the account has another one, until its owner was notified.
    unannounced_username = models.CharField(max_length=150, blank=True, db_default="", default="")

    class Meta:
        constraints = [
            # Serves runs.Run, which reads the users of a source, and the file of ids.
            models.UniqueConstraint(fields=["source", "original_id"], name="imported_user_source_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.original_id} → {self.user_id}"


class ImportedPost(models.Model):
    """A post of the source that has another id here."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="posts", db_index=False)
    original_id = models.BigIntegerField()
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            # Serves the file of ids.
            models.UniqueConstraint(fields=["source", "original_id"], name="imported_post_source_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.original_id} → {self.post_id}"
