"""Store and delete the files of exports, each in the folder of its export's id."""

from __future__ import annotations

import uuid
from typing import IO

from django.core.files import File
from django.core.files.storage import storages

from exports.models import Export


def store(export: Export, file: IO[bytes]) -> str:
    """Store a file under a unique name in the folder of the export, and return the name."""
    file.seek(0)
    return storages["exports"].save(f"{export.pk}/{uuid.uuid4().hex}.zip", File(file))


def delete_export_files(export_id: int) -> None:
    """Delete the files of an export that has ended, except a downloadable archive. Safe to repeat."""
    export = Export.objects.filter(pk=export_id).first()
    if export and export.is_in_progress:
        return
    storage, kept = storages["exports"], export.file if export and export.state == Export.State.DONE else ""
    try:
        names = storage.listdir(str(export_id))[1]
    except FileNotFoundError:
        return
    for name in names:
        if f"{export_id}/{name}" != kept:
            storage.delete(f"{export_id}/{name}")
    if not kept:
        storage.delete(str(export_id))
