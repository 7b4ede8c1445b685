"""Receivers of signals of exports."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from exports import tasks
from exports.models import Export
from exports.signals import export_ended


@receiver(post_delete, sender=Export, dispatch_uid="exports.delete_files")
def delete_files(instance: Export, **kwargs: Any) -> None:
    """Enqueue the deletion of the files of a deleted export."""
    tasks.delete_export_files.enqueue(instance.pk)


@receiver(export_ended, dispatch_uid="exports.finish_export")
def finish_export(export_id: int, state: Export.State, **kwargs: Any) -> None:
    """Enqueue the deletion of temporary files, and the email notification that the archive is ready."""
    tasks.delete_export_files.enqueue(export_id)
    if state == Export.State.DONE:
        tasks.send_export.enqueue(export_id)
