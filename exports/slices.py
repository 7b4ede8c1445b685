"""How an archive is made: slice by slice, then joined; and how an export ends."""

from __future__ import annotations

import errno
import logging
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from zipfile import ZipFile

from django.conf import settings
from django.core.files.storage import storages
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from exports import writer
from exports.files import delete_export_files, store
from exports.models import Export
from exports.signals import export_ended
from messaging.models import Notification
from messaging.notifications.services import notify

logger = logging.getLogger(__name__)

# How long a slice writes; the worker turns to other work in between.
SLICE_SECONDS = 2
# Attempts at one slice. One that ended without a word, killed for instance, is made again after the lease of its job.
MAX_ATTEMPTS = 3

State, Failure, Kind = Export.State, Export.Failure, Notification.Kind


class OutOfTurn(Exception):
    """The export went on or ended without this slice, which must leave nothing behind."""


def continue_export(export: Export) -> bool:
    """
    Write the next slice of an export, or join the slices, and return whether more is left to do.

    What goes wrong ends the export with a reason for its owner, but for a database that does not answer: that is
    raised. Safe to repeat, also at the same time: of two that write the same slice one is thrown away.
    """
    turn = Export.objects.filter(pk=export.pk, state__in=Export.IN_PROGRESS, slices=export.slices)
    if not turn.update(state=State.RUNNING, attempts=F("attempts") + 1, updated_at=timezone.now()):
        return False
    if export.attempts >= MAX_ATTEMPTS:
        end_export(export, State.FAILED, failure=Failure.INTERRUPTED)
        return False
    try:
        place = writer.Place(**export.place)
        if place.next_section:
            _write_slice(export, place)
            return True
        _finish(export, place)
    except OutOfTurn:
        delete_export_files(export.pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Whatever it is, its owner sees that it failed and the people who run the site read why.
        logger.exception("Unhandled exception")
        end_export(export, State.FAILED, failure=_why(error))
    return False


def _why(error: Exception) -> Export.Failure:
    if not isinstance(error, OSError):
        return Failure.UNEXPECTED
    return Failure.NO_SPACE if error.errno in (errno.ENOSPC, errno.EDQUOT) else Failure.STORAGE


def _write_slice(export: Export, place: writer.Place) -> None:
    total = export.rows_total if export.slices else writer.count_rows(export.user)
    end = time.monotonic() + SLICE_SECONDS
    with tempfile.TemporaryFile() as file:
        with ZipFile(file, "w") as part:
            while section := place.next_section:
                place = writer.write_page(part, export.user, place, section)
                if time.monotonic() > end:
                    break
        name = store(export, file)
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
    except OutOfTurn:
        storages["exports"].delete(name)
        raise


def _finish(export: Export, place: writer.Place) -> None:
    storage = storages["exports"]
    with tempfile.TemporaryFile() as file:
        with ExitStack() as stack:
            parts = [stack.enter_context(storage.open(name)) for name in export.parts]
            writer.finish(file, parts, export.user, place)
        size = file.tell()
        name = store(export, file)
    try:
        with transaction.atomic():
            now = timezone.now()
            expires_at = now + timedelta(days=settings.EXPORT_DAYS)
            _take_turn(export, slices=export.slices + 1, file=name, size=size, expires_at=expires_at)
            end_export(export, State.DONE)
    except OutOfTurn:
        storage.delete(name)
        raise


def _take_turn(export: Export, **changes: object) -> None:
    """Write down what a slice did; raise OutOfTurn when the export went on or ended without it."""
    turn = Export.objects.filter(pk=export.pk, state__in=Export.IN_PROGRESS, slices=export.slices)
    if not turn.update(**changes):
        raise OutOfTurn


@transaction.atomic
def end_export(export: Export, state: Export.State, *, failure: str = "") -> bool:
    """End an export that is in progress, notify its owner, announce it, and return whether it was in progress."""
    in_progress = Export.objects.filter(pk=export.pk, state__in=Export.IN_PROGRESS)
    now = timezone.now()
    if not in_progress.update(state=state, failure=failure, finished_at=now, updated_at=now, parts=[], place={}):
        return False
    _show_progress(export, 100)
    export_ended.send(sender=Export, export_id=export.pk, state=state)
    if state == State.DONE:
        notify(export.user, kind=Kind.EXPORT_READY, key=str(export.pk))
    elif state == State.FAILED:
        notify(export.user, kind=Kind.EXPORT_FAILED, key=str(export.pk))
    return True


def _show_progress(export: Export, percent: int) -> None:
    """Show on every page of the owner how far the export is, and nothing once it has ended."""
    shown = {"export_id": None, "export_progress": 0} if percent == 100 else {"export_progress": percent}
    User.objects.filter(pk=export.user_id, export_id=export.pk).update(**shown)
    task = str(export.pk)
    notify(export.user, kind=Kind.TASK_PROGRESS, key=task, payload={"task_id": task, "progress": percent})
