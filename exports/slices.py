"""Write archives in slices, join the slices, and end exports."""

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

# Seconds that a slice takes; the worker runs other jobs in between.
SLICE_SECONDS = 2
# Attempts at one slice. A killed slice is retried after the lease of its job.
MAX_ATTEMPTS = 3

State, Failure, Kind = Export.State, Export.Failure, Notification.Kind


class StaleSlice(Exception):
    """Another run wrote this slice or ended the export, so the files of this run must be deleted."""


def continue_export(export: Export) -> bool:
    """
    Write the next slice of an export, or join the slices, and return whether more is left to do.

    An error ends the export with a reason for its owner, except errors of the database connection, which are raised.
    Safe to repeat, also concurrently: one of two runs that write the same slice is discarded.
    """
    current = Export.objects.filter(pk=export.pk, state__in=Export.IN_PROGRESS, slices=export.slices)
    if not current.update(state=State.RUNNING, attempts=F("attempts") + 1, updated_at=timezone.now()):
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
    except StaleSlice:
        delete_export_files(export.pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # The owner sees that the export failed; the operators see why in the log.
        logger.exception("Unhandled exception")
        end_export(export, State.FAILED, failure=_failure_of(error))
    return False


def _failure_of(error: Exception) -> Export.Failure:
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
            _save_slice(
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
    except StaleSlice:
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
            _save_slice(export, slices=export.slices + 1, file=name, size=size, expires_at=expires_at)
            end_export(export, State.DONE)
    except StaleSlice:
        storage.delete(name)
        raise


def _save_slice(export: Export, **changes: object) -> None:
    """Save the result of a slice. Raise StaleSlice if another run wrote it or ended the export."""
    current = Export.objects.filter(pk=export.pk, state__in=Export.IN_PROGRESS, slices=export.slices)
    if not current.update(**changes):
        raise StaleSlice


@transaction.atomic
def end_export(export: Export, state: Export.State, *, failure: str = "") -> bool:
    """End an export in progress, notify its owner, send export_ended, and return whether it was in progress."""
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
    """Update the progress on the owner's pages; 100 percent hides it."""
    shown = {"export_id": None, "export_progress": 0} if percent == 100 else {"export_progress": percent}
    User.objects.filter(pk=export.user_id, export_id=export.pk).update(**shown)
    task = str(export.pk)
    notify(export.user, kind=Kind.TASK_PROGRESS, key=task, payload={"task_id": task, "progress": percent})
