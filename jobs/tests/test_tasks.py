"""The decorator, and that no caller names a task by a string."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from jobs.models import Job, Queue
from jobs.schedule import get_schedule
from jobs.tasks import registered, task
from jobs.worker import run_due
from tests.helpers import ledger

APPS = [app for app in settings.INSTALLED_APPS if (settings.BASE_DIR / app).is_dir()]


def strings_in(path):
    return {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}


def test_called_task_runs_its_function():
    ledger.note(1, "two")
    assert ledger.ran == [(1, "two")]


def test_two_tasks_of_one_name_are_refused():
    with pytest.raises(ImproperlyConfigured, match=r"ledger\.note"):
        task()(ledger.note.function)


def test_tasks_of_every_app_are_found_when_the_site_starts():
    paths = [
        path.relative_to(settings.BASE_DIR) for app in APPS for path in (settings.BASE_DIR / app).rglob("tasks.py")
    ]
    modules = {".".join(path.with_suffix("").parts) for path in paths} - {"jobs.tasks"}
    assert "accounts.tasks" in modules
    assert modules <= {task.function.__module__ for task in registered.values()}


def test_no_caller_names_a_task_by_a_string():
    names = {name for name in registered if not name.startswith("tests.")}
    names |= {entry.task.name for entry in get_schedule()}
    paths = [
        path for app in [*APPS, "microblog"] for path in Path(settings.BASE_DIR, app).rglob("*.py")
        if "tests" not in path.parts
    ]  # fmt: skip
    assert len(paths) > 100
    assert {str(path): found for path in paths if (found := strings_in(path) & names)} == {}


@pytest.mark.django_db
class TestEnqueue:
    def test_arguments_are_checked(self):
        with pytest.raises(TypeError):
            ledger.finish.enqueue(1)

    def test_arguments_by_name_are_stored_in_their_place(self):
        registered["accounts.tasks.send_notice"].enqueue("x", user_id=1, to="ana@example.com")
        assert Job.objects.get().args == ["x", 1, "ana@example.com"]

    def test_function_that_returns_true_is_run_again(self):
        ledger.count_down.enqueue(7)
        assert run_due(Queue.TASKS) == 3
        assert ledger.ran == [(7,)] * 3
        assert not Job.objects.exists()
