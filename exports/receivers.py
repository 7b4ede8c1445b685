"""What follows when an export ends or is deleted."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from exports import tasks
from exports.models import Export
from exports.signals import export_ended


@receiver(post_delete, sender=Export, dispatch_uid="posts.delete_export_files")
def delete_files(instance: Export, **kwargs: Any) -> None:
    """Let the files of an export go with it, be it with the account."""
    tasks.delete_export_files.enqueue(instance.pk)


@receiver(export_ended, dispatch_uid="exports.follow_end")
def follow_end(export_id: int, state: Export.State, **kwargs: Any) -> None:
    """Delete what an export stored on its way, and mail its owner that the archive is ready."""
    tasks.delete_export_files.enqueue(export_id)
    if state == Export.State.DONE:
        tasks.send_export.enqueue(export_id)
