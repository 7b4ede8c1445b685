"""The files of exports go with them."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from exports.models import Export
from jobs.outbox import enqueue


@receiver(post_delete, sender=Export, dispatch_uid="posts.delete_export_files")
def delete_files(instance: Export, **kwargs: Any) -> None:
    """Let the files of an export go with it, be it with the account."""
    enqueue("exports.tasks.delete_export_files", instance.pk)
