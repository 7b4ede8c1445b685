"""Jobs that wait for a worker, and when recurring tasks are due."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.querysets import JobQuerySet


class Queue(models.TextChoices):
    """The queues; each has its own worker, so that slow tasks never delay mail."""

    TASKS = "microblog-tasks", _("Tasks")
    MAIL = "microblog-mail", _("Mail")


class Job(models.Model):
    """
    A call of a task, written in the transaction of its cause and deleted when it is done.

    Its arguments are ids, never secrets or content: the task reads the rows again.
    """

    task = models.CharField(_("task"), max_length=200)
    args = models.JSONField(_("arguments"), default=list)
    # Set until the first attempt starts: a unique job is not written twice.
    key = models.CharField(_("key"), max_length=250, null=True, unique=True)  # noqa: DJ001 - null is not unique
    queue = models.CharField(_("queue"), max_length=20, choices=Queue)
    # The id of the request that enqueued the job, for the log.
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    # Until then the job belongs to the worker that took it; afterwards any worker may take it.
    leased_until = models.DateTimeField(_("leased until"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("last error"), blank=True)
    # Set when no attempts are left; an administrator can retry the job.
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
    """When a recurring task is due next."""

    task = models.CharField(max_length=200, primary_key=True)
    due_at = models.DateTimeField()
    # The version of the task that was enqueued last.
    version = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("recurrence")
        verbose_name_plural = _("recurrences")

    def __str__(self) -> str:
        return self.task
