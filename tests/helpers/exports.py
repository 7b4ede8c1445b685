"""Helpers to request and read exports."""

import json
from io import BytesIO
from zipfile import ZipFile

from exports.models import Export
from exports.services import request_export
from jobs.models import Queue
from jobs.worker import run_due


def opened(export):
    with export.open() as file:
        return ZipFile(BytesIO(file.read()))


def export_of(user):
    """Request an export, run its jobs, and return the archive as a ZIP file."""
    export = request_export(user)
    run_due(Queue.TASKS, seconds=60)
    export.refresh_from_db()
    assert export.state == Export.State.DONE, (export.state, export.failure)
    return opened(export)


def files_in(folder):
    """Return the names of the files in a folder of archives."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def as_the_original(posts):
    """Return posts.json as the first edition of Microblog wrote it."""
    data = [{"body": post.body, "timestamp": post.created_at.replace(tzinfo=None).isoformat() + "Z"} for post in posts]
    return json.dumps({"posts": data}, indent=4)
