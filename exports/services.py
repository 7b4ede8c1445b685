"""The archives that people ask for: how one is begun, made in slices, ended and taken away."""

from __future__ import annotations

import errno
import logging
import tempfile
import time
import uuid
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from typing import IO
from zipfile import ZipFile

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from exports import archive
from exports.models import Export
from jobs.models import Queue
from jobs.outbox import enqueue
from messaging.models import Notification
from messaging.services import notify
from microblog.core.exceptions import DomainError

logger = logging.getLogger(__name__)

# How long a slice writes; the worker turns to other work in between.
SLICE_SECONDS = 2
# Attempts at one slice. One that ended without a word, killed for instance, is made again after the lease of its job.
MAX_ATTEMPTS = 3
# An export that lies idle for longer is taken up again, should its job have been lost.
IDLE = timedelta(minutes=2)
# Exports that one run looks after.
LOOKED_AFTER = 500

State, Failure, Kind = Export.State, Export.Failure, Notification.Kind


class ExportInProgress(DomainError):
    """One export a person at a time."""

    def __init__(self) -> None:
        super().__init__(_("An export task is currently in progress"))


class OutOfTurn(Exception):
    """The export went on or ended without this slice, which must leave nothing behind."""


@transaction.atomic
def request_export(user: User) -> Export:
    """Begin the archive of what a person wrote and set. Raise ExportInProgress while there is another one."""
    try:
        with transaction.atomic():
            export = Export.objects.create(user=user)
    except IntegrityError:
        raise ExportInProgress from None
    User.objects.filter(pk=user.pk).update(export_id=export.pk, export_progress=0)
    _enqueue_slice(export.pk)
    return export


def cancel_export(export: Export, *, actor: User) -> bool:
    """Let its owner stop an export, and return whether it was in progress."""
    return actor.pk == export.user_id and _end(export, State.CANCELLED)


def continue_export(export: Export) -> None:
    """
    Write the next slice of an export, or join the slices, and enqueue what comes after.

    What goes wrong ends the export with a reason for its owner, but for a database that does not answer: that is
    raised. Safe to repeat, also at the same time: of two that write the same slice one is thrown away.
    """
    turn = Export.objects.filter(pk=export.pk, state__in=Export.IN_PROGRESS, slices=export.slices)
    if not turn.update(state=State.RUNNING, attempts=F("attempts") + 1, updated_at=timezone.now()):
        return
    if export.attempts >= MAX_ATTEMPTS:
        _end(export, State.FAILED, failure=Failure.INTERRUPTED)
        return
    try:
        place = archive.Place(**export.place)
        if place.is_end:
            _finish(export, place)
        else:
            _write_slice(export, place)
    except OutOfTurn:
        enqueue("exports.tasks.delete_export_files", export.pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Whatever it is, its owner sees that it failed and the people who run the site read why.
        logger.exception("Unhandled exception")
        _end(export, State.FAILED, failure=_why(error))


def _why(error: Exception) -> Export.Failure:
    if not isinstance(error, OSError):
        return Failure.UNEXPECTED
    return Failure.NO_SPACE if error.errno in (errno.ENOSPC, errno.EDQUOT) else Failure.STORAGE


def _write_slice(export: Export, place: archive.Place) -> None:
    total = export.rows_total if export.slices else archive.count_rows(export.user)
    end = time.monotonic() + SLICE_SECONDS
    with tempfile.TemporaryFile() as file:
        with ZipFile(file, "w") as part:
            while True:
                place = archive.write_page(part, export.user, place)
                if place.is_end or time.monotonic() > end:
                    break
        name = _store(export, file)
    try:
        with transaction.atomic():
            export.rows_done, export.rows_total = sum(place.counts.values()), total
            _take_turn(
                export,
                rows_done=export.rows_done,
                rows_total=total,
                slices=export.slices + 1,
                attempts=0,
                place=asdict(place),
                parts=[*export.parts, name],
                updated_at=timezone.now(),
            )
            _show_progress(export, export.progress)
            _enqueue_slice(export.pk)
    except OutOfTurn:
        storages["exports"].delete(name)
        raise


def _finish(export: Export, place: archive.Place) -> None:
    storage = storages["exports"]
    with tempfile.TemporaryFile() as file:
        with ExitStack() as stack:
            parts = [stack.enter_context(storage.open(name)) for name in export.parts]
            archive.finish(file, parts, export.user, place)
        size = file.tell()
        name = _store(export, file)
    try:
        with transaction.atomic():
            now = timezone.now()
            expires_at = now + timedelta(days=settings.EXPORT_DAYS)
            _take_turn(export, slices=export.slices + 1, file=name, size=size, expires_at=expires_at)
            _end(export, State.DONE)
    except OutOfTurn:
        storage.delete(name)
        raise


def _take_turn(export: Export, **changes: object) -> None:
    """Write down what a slice did; raise OutOfTurn when the export went on or ended without it."""
    turn = Export.objects.filter(pk=export.pk, state__in=Export.IN_PROGRESS, slices=export.slices)
    if not turn.update(**changes):
        raise OutOfTurn


def _store(export: Export, file: IO[bytes]) -> str:
    """Store a file under a name of its own in the folder of the export."""
    file.seek(0)
    return storages["exports"].save(f"{export.pk}/{uuid.uuid4().hex}.zip", File(file))


@transaction.atomic
def _end(export: Export, state: Export.State, *, failure: str = "") -> bool:
    """End an export that is in progress, tell its owner, and return whether it was."""
    in_progress = Export.objects.filter(pk=export.pk, state__in=Export.IN_PROGRESS)
    now = timezone.now()
    if not in_progress.update(state=state, failure=failure, finished_at=now, updated_at=now, parts=[], place={}):
        return False
    _show_progress(export, 100)
    enqueue("exports.tasks.delete_export_files", export.pk)
    if state == State.DONE:
        notify(export.user, kind=Kind.EXPORT_READY, key=str(export.pk))
        enqueue("exports.tasks.send_export", export.pk, queue=Queue.MAIL)
    elif state == State.FAILED:
        notify(export.user, kind=Kind.EXPORT_FAILED, key=str(export.pk))
    return True


def _show_progress(export: Export, percent: int) -> None:
    """Show on every page of the owner how far the export is, and nothing once it has ended."""
    shown = {"export_id": None, "export_progress": 0} if percent == 100 else {"export_progress": percent}
    User.objects.filter(pk=export.user_id, export_id=export.pk).update(**shown)
    task = str(export.pk)
    notify(export.user, kind=Kind.TASK_PROGRESS, key=task, payload={"task_id": task, "progress": percent})


def _enqueue_slice(export_id: int) -> None:
    enqueue("exports.tasks.continue_export", export_id, key=f"continue_export:{export_id}")


def delete_export_files(export_id: int) -> None:
    """Delete what an export stored, but for an archive that can be downloaded. Repeating it is harmless."""
    export = Export.objects.filter(pk=export_id).first()
    if export and export.is_in_progress:
        return
    storage, kept = storages["exports"], export.file if export and export.state == State.DONE else ""
    try:
        names = storage.listdir(str(export_id))[1]
    except FileNotFoundError:
        return
    for name in names:
        if f"{export_id}/{name}" != kept:
            storage.delete(f"{export_id}/{name}")
    if not kept:
        storage.delete(str(export_id))


def overdue_exports() -> QuerySet[Export]:
    """Return the exports whose archives are to go."""
    return Export.objects.filter(state=State.DONE, expires_at__lte=timezone.now())


def expire_exports() -> None:
    """Take away the archives whose days are over."""
    over = overdue_exports()
    for pk in over.values_list("pk", flat=True)[:LOOKED_AFTER]:
        with transaction.atomic():
            if over.filter(pk=pk).update(state=State.EXPIRED, file="", size=0, expires_at=None):
                enqueue("exports.tasks.delete_export_files", pk)


def resume_exports() -> None:
    """Take up again the exports that lie idle."""
    idle = Export.objects.filter(state__in=Export.IN_PROGRESS, updated_at__lt=timezone.now() - IDLE)
    for pk in idle.values_list("pk", flat=True)[:LOOKED_AFTER]:
        _enqueue_slice(pk)
