"""Request, cancel, expire and resume exports."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from exports import tasks
from exports.models import Export
from exports.slices import end_export
from microblog.core.exceptions import DomainError

# Exports without progress for longer are resumed, because their job may be lost.
IDLE = timedelta(minutes=2)
# Most exports that one run expires or resumes.
BATCH = 500

State = Export.State


class ExportInProgress(DomainError):
    """The user has an export in progress already."""

    def __init__(self) -> None:
        super().__init__(_("An export task is currently in progress"))


@transaction.atomic
def request_export(user: User) -> Export:
    """Create an export and enqueue its first slice. Raise ExportInProgress if the user has one in progress."""
    try:
        with transaction.atomic():
            export = Export.objects.create(user=user)
    except IntegrityError:
        raise ExportInProgress from None
    User.objects.filter(pk=user.pk).update(export_id=export.pk, export_progress=0)
    tasks.continue_export.enqueue(export.pk)
    return export


def cancel_export(export: Export, *, actor: User) -> bool:
    """Cancel the actor's own export, and return whether it was in progress."""
    return actor.pk == export.user_id and end_export(export, State.CANCELLED)


def expired_exports() -> QuerySet[Export]:
    """Return the finished exports whose archives have expired."""
    return Export.objects.filter(state=State.DONE, expires_at__lte=timezone.now())


def expire_exports() -> None:
    """Mark expired exports, and enqueue the deletion of their archives."""
    expired = expired_exports()
    for pk in expired.values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic():
            if expired.filter(pk=pk).update(state=State.EXPIRED, file="", size=0, expires_at=None):
                tasks.delete_export_files.enqueue(pk)


def resume_exports() -> None:
    """Enqueue the next slice of idle exports."""
    idle = Export.objects.filter(state__in=Export.IN_PROGRESS, updated_at__lt=timezone.now() - IDLE)
    for pk in idle.values_list("pk", flat=True)[:BATCH]:
        tasks.continue_export.enqueue(pk)
