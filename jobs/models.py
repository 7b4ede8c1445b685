"""Jobs, which wait to be carried out, and when recurring work is due."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.querysets import JobQuerySet


class Queue(models.TextChoices):
    """Who carries a job out: each queue has a worker of its own, so that slow work never delays mail."""

    TASKS = "microblog-tasks", _("Tasks")
    MAIL = "microblog-mail", _("Mail")


class Job(models.Model):
    """
    A call of a task, written in the transaction of its cause and deleted once it is done.

    Holds ids, never secrets or content: whoever carries it out reads the rows again.
    """

    task = models.CharField(_("task"), max_length=200)
    args = models.JSONField(_("arguments"), default=list)
    # Set while the job waits to be taken up for the first time: a unique job is not written twice.
    key = models.CharField(_("key"), max_length=250, null=True, unique=True)  # noqa: DJ001 - null is not unique
    queue = models.CharField(_("queue"), max_length=20, choices=Queue)
    # Of the request that is the cause, for the log lines of the effect.
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    # Until then the job belongs to the worker that took it; then to whoever comes first.
    leased_until = models.DateTimeField(_("taken until"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("last error"), blank=True)
    # No further attempt is made until staff start it again.
    failed_at = models.DateTimeField(_("given up at"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            # Serves JobQuerySet.due().
            models.Index(
                fields=["queue", "due_at", "id"], name="job_queue_due_at_idx", condition=models.Q(failed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task}({', '.join(str(arg)[:50] for arg in self.args)})"


class Recurrence(models.Model):
    """When recurring work is due next; the functions are listed in the module that JOBS_SCHEDULE names."""

    task = models.CharField(max_length=200, primary_key=True)
    due_at = models.DateTimeField()
    # Which version of the function was enqueued last.
    version = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("recurrence")
        verbose_name_plural = _("recurrences")

    def __str__(self) -> str:
        return self.task
