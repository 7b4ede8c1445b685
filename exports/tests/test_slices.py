"""Writing archives in slices, and the end of exports."""

import json

import pytest
from django.core.files.storage import FileSystemStorage

from exports import slices, writer
from exports.models import Export
from exports.services import request_export
from exports.slices import continue_export
from jobs.models import Job, Queue
from jobs.worker import run_due
from posts.tests.factories import PostFactory
from tests.helpers.exports import files_in, opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
State, Failure = Export.State, Export.Failure


class FullStorage(FileSystemStorage):
    """A storage on a full disk."""

    def _save(self, name, content):
        raise OSError(28, "No space left on device")


def test_progress_counts_rows_and_is_shown_on_every_page(susan, small):
    PostFactory.create_batch(4, author=susan)
    export = request_export(susan)
    seen = []
    while Job.objects.filter(task="exports.tasks.continue_export").exists():
        run_due(Queue.TASKS, seconds=-1)
        export.refresh_from_db()
        susan.refresh_from_db()
        seen.append((export.state, export.progress))
        assert susan.export_progress == (export.progress if susan.export_id else 0)
    assert seen[0] == (State.RUNNING, 50)
    assert seen[-1] == (State.DONE, 100)
    assert (susan.export_id, susan.export_progress) == (None, 0)
    assert list(susan.notifications.order_by("pk").values_list("kind", "payload")) == [
        ("task_progress", {"task_id": str(export.pk), "progress": 100}),
        ("export_ready", {}),
    ]


def test_stale_slice_leaves_no_files(susan, small, folder):
    PostFactory.create_batch(4, author=susan)
    slow = request_export(susan)
    run_due(Queue.TASKS, seconds=-1)
    continue_export(slow)
    overtaken = Export.objects.select_related("user").get()
    continue_export(Export.objects.select_related("user").get())
    count = len(files_in(folder))
    place = writer.Place(**overtaken.place)
    with pytest.raises(slices.StaleSlice):
        slices._write_slice(overtaken, place)
    assert len(files_in(folder)) == count
    run_due(Queue.TASKS)
    assert json.loads(opened(Export.objects.get()).read("posts.json"))["posts"][3]


def test_slice_that_kills_its_worker_three_times_fails_the_export(susan):
    export = request_export(susan)
    for _ in range(slices.MAX_ATTEMPTS):
        # What a slice does before it is killed.
        Export.objects.filter(pk=export.pk).update(state=State.RUNNING, attempts=export.attempts + 1)
        export.refresh_from_db()
    run_due(Queue.TASKS)
    export.refresh_from_db()
    assert (export.state, export.failure) == (State.FAILED, Failure.INTERRUPTED)
    request_export(susan)


def test_full_disk_fails_the_export_with_a_plain_reason(susan, folder, settings, caplog):
    folder.mkdir()
    full = {"BACKEND": "exports.tests.test_slices.FullStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = settings.STORAGES | {"exports": full}
    export = request_export(susan)
    run_due(Queue.TASKS)
    export.refresh_from_db()
    susan.refresh_from_db()
    assert (export.state, export.failure, susan.export_id) == (State.FAILED, Failure.NO_SPACE, None)
    assert susan.notifications.filter(kind="export_failed").exists()
    assert "no room" in export.get_failure_display()
    # The operators can read why in the log, and get a mail.
    assert [(record.levelname, record.message) for record in caplog.records if record.exc_info] == [
        ("ERROR", "Unhandled exception")
    ]
