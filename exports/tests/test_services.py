"""Requesting, cancelling, expiring and resuming exports."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from exports.models import Export
from exports.services import ExportInProgress, cancel_export, expire_exports, request_export, resume_exports
from jobs.models import Job, Queue
from jobs.worker import run_due
from posts.tests.factories import PostFactory
from tests.helpers.exports import export_of, files_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
State = Export.State


def test_user_has_one_export_at_a_time(susan):
    export = request_export(susan)
    with pytest.raises(ExportInProgress):
        request_export(susan)
    susan.refresh_from_db()
    assert susan.export_id == export.pk
    run_due(Queue.TASKS)
    request_export(susan)
    request_export(UserFactory())


def test_cancelled_export_leaves_no_files(susan, small, folder):
    PostFactory.create_batch(4, author=susan)
    export = request_export(susan)
    run_due(Queue.TASKS, seconds=-1)
    assert files_in(folder)
    assert not cancel_export(export, actor=UserFactory())
    assert cancel_export(export, actor=susan)
    assert not cancel_export(export, actor=susan)
    run_due(Queue.TASKS)
    export.refresh_from_db()
    susan.refresh_from_db()
    assert (export.state, susan.export_id, files_in(folder)) == (State.CANCELLED, None, [])


def test_export_with_a_lost_job_is_resumed(susan):
    export = request_export(susan)
    Job.objects.all().delete()
    resume_exports()
    assert not Job.objects.exists()
    Export.objects.update(updated_at=timezone.now() - timedelta(minutes=3))
    resume_exports()
    run_due(Queue.TASKS)
    export.refresh_from_db()
    assert export.state == State.DONE


def test_archive_expires_with_its_file(susan, folder):
    export_of(susan)
    export = Export.objects.get()
    assert export.expires_at - export.finished_at == pytest.approx(timedelta(days=7), abs=timedelta(seconds=5))
    expire_exports()
    assert Export.objects.get().is_downloadable
    Export.objects.update(expires_at=timezone.now())
    assert not Export.objects.get().is_downloadable
    expire_exports()
    run_due(Queue.TASKS)
    assert (Export.objects.get().state, files_in(folder)) == (State.EXPIRED, [])
