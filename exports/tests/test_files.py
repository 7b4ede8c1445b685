"""The files of exports."""

import pytest

from jobs.models import Queue
from jobs.worker import run_due
from posts.tests.factories import PostFactory
from tests.helpers.exports import export_of, files_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]


def test_only_the_archive_is_kept(susan, small, folder):
    PostFactory.create_batch(4, author=susan)
    export_of(susan)
    run_due(Queue.TASKS)
    assert len(files_in(folder)) == 1


def test_files_are_deleted_with_the_account(susan, folder):
    export_of(susan)
    susan.delete()
    run_due(Queue.TASKS)
    assert files_in(folder) == []
    assert list(folder.glob("*")) == []
