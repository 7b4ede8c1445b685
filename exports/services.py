"""What users do with exports, and what the schedule does: request, cancel, expire, resume."""

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

# An export that lies idle for longer is taken up again, should its job have been lost.
IDLE = timedelta(minutes=2)
# Exports that one run looks after.
LOOKED_AFTER = 500

State = Export.State


class ExportInProgress(DomainError):
    """One export a person at a time."""

    def __init__(self) -> None:
        super().__init__(_("An export task is currently in progress"))


@transaction.atomic
def request_export(user: User) -> Export:
    """Begin the archive of what a person wrote and set. Raise ExportInProgress while there is another one."""
    try:
        with transaction.atomic():
            export = Export.objects.create(user=user)
    except IntegrityError:
        raise ExportInProgress from None
    User.objects.filter(pk=user.pk).update(export_id=export.pk, export_progress=0)
    tasks.continue_export.enqueue(export.pk)
    return export


def cancel_export(export: Export, *, actor: User) -> bool:
    """Let its owner stop an export, and return whether it was in progress."""
    return actor.pk == export.user_id and end_export(export, State.CANCELLED)


def overdue_exports() -> QuerySet[Export]:
    """Return the exports whose archives are to go."""
    return Export.objects.filter(state=State.DONE, expires_at__lte=timezone.now())


def expire_exports() -> None:
    """Take away the archives whose days are over."""
    over = overdue_exports()
    for pk in over.values_list("pk", flat=True)[:LOOKED_AFTER]:
        with transaction.atomic():
            if over.filter(pk=pk).update(state=State.EXPIRED, file="", size=0, expires_at=None):
                tasks.delete_export_files.enqueue(pk)


def resume_exports() -> None:
    """Take up again the exports that lie idle."""
    idle = Export.objects.filter(state__in=Export.IN_PROGRESS, updated_at__lt=timezone.now() - IDLE)
    for pk in idle.values_list("pk", flat=True)[:LOOKED_AFTER]:
        tasks.continue_export.enqueue(pk)
