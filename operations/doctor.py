"""Diagnose an installation and suggest remedies."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import ERROR, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from jobs.models import Job
from microblog.core.private import GROUP_AND_OTHERS, private_paths
from operations import health
from operations.backups import storage_folders
from operations.health import State
from repositories.models import Repository

OK, OFF, WARNING, PROBLEM = "ok", "off", "warning", "problem"

# Free bytes below which a disk is a warning, and a problem.
LITTLE_SPACE, NO_SPACE = 1024**3, 100 * 1024**2
CHANGE_SETTINGS = "Change it in .env, or where the site is started."
# Seconds by which the clocks of this machine and the database may differ.
CLOCK_TOLERANCE = 2


class Finding(NamedTuple):
    """The result of one check."""

    check: str
    state: str
    detail: str
    # What to do about it.
    remedy: str = ""
    milliseconds: int = 0


def examine() -> Iterator[Finding]:
    """Yield all findings, components first; checks that need the database are left out while it is unavailable."""
    yield from _components()
    for look in (
        *(_settings, _migrations, _jobs, _people, _repositories, _clock),
        *(_translations, _static_files, _disk, _permissions),
    ):
        yield from _timed(look)


def _timed(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    start = time.monotonic()
    try:
        found = list(look())
    except DatabaseError:
        return  # `_components` reports it
    milliseconds = round((time.monotonic() - start) * 1000)
    name = look.__name__.strip("_").replace("_", " ")
    for finding in found or [Finding(name, OK, "")]:
        yield finding._replace(milliseconds=milliseconds)


def _components() -> Iterator[Finding]:
    states = {State.OK: OK, State.OFF: OFF, State.DEGRADED: PROBLEM, State.FAILED: PROBLEM}
    for component, state, milliseconds, error, details, _at in health.findings():
        detail = error or ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in details.items())
        yield Finding(component.name, states[state], detail, component.remedy if error else "", milliseconds)


def _settings() -> Iterator[Finding]:
    for message in run_checks(include_deployment_checks=settings.IS_PUBLIC):
        if message.is_silenced():
            continue
        state = PROBLEM if message.level >= ERROR else WARNING
        yield Finding("settings", state, f"{message.id}: {message.msg}", message.hint or CHANGE_SETTINGS)
    if settings.MAIL_GOES_TO == "nowhere":
        yield Finding(
            "settings", WARNING, "No mail is sent: passwords cannot be reset.", "Set MAIL_SERVER and ADMINS."
        )


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        names = ", ".join(str(migration) for migration, _is_backwards in plan[:5])
        yield Finding("migrations", PROBLEM, f"{len(plan)} are not applied: {names}", "manage.py migrate")


def _jobs() -> Iterator[Finding]:
    if count := Job.objects.exclude(failed_at=None).count():
        remedy = "See the errors in the admin, under Jobs, and retry the jobs there."
        yield Finding("given up jobs", WARNING, f"{count} jobs were given up.", remedy)


def _people() -> Iterator[Finding]:
    if not get_user_model().objects.filter(is_superuser=True, deactivated_at=None).exists():
        remedy = "manage.py account promote NAME --superuser"
        yield Finding("people", WARNING, "There is no administrator.", remedy)


def _repositories() -> Iterator[Finding]:
    if limited_until := Repository.objects.limited_until():
        more = "Set GITHUB_TOKEN: with a token GitHub allows 5,000 requests an hour."
        remedy = "Wait, or remove repositories." if settings.GITHUB_TOKEN else more
        detail = f"GitHub limits requests until {limited_until:%H:%M:%S} UTC. All fetches of issues wait."
        yield Finding("repositories", WARNING, detail, remedy)
    if Repository.objects.filter(outcome=Repository.Outcome.UNAUTHORIZED).exists():
        remedy = "Set GITHUB_TOKEN to a valid token, then run manage.py repositories refresh --all"
        yield Finding("repositories", PROBLEM, "GitHub does not accept GITHUB_TOKEN.", remedy)


def _clock() -> Iterator[Finding]:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    if (difference := abs((timezone.now() - there).total_seconds())) > CLOCK_TOLERANCE:
        remedy = "Synchronize the clocks of both machines: apt install chrony"
        yield Finding("clock", PROBLEM, f"The database's clock differs by {difference:.0f} s.", remedy)


def _translations() -> Iterator[Finding]:
    for path in sorted(settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.po")):
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
            yield Finding("translations", PROBLEM, f"{compiled} is missing or old.", "manage.py translate compile")


def _static_files() -> Iterator[Finding]:
    if settings.STATIC_ROOT and not Path(settings.STATIC_ROOT, "staticfiles.json").exists():
        remedy = "manage.py collectstatic --no-input"
        yield Finding("static files", PROBLEM, f"{settings.STATIC_ROOT} has no style sheets and scripts.", remedy)


def _disk() -> Iterator[Finding]:
    for folder in _folders():
        free = shutil.disk_usage(folder).free
        if free < LITTLE_SPACE:
            state = PROBLEM if free < NO_SPACE else WARNING
            yield Finding("disk", state, f"{free // 1024**2} MB are free in {folder}.", "Free space, or add a disk.")


def _permissions() -> Iterator[Finding]:
    for folder in _folders():
        if not os.access(folder, os.W_OK):
            remedy = f"Make the user that runs the site its owner: chown -R USER {folder}"
            yield Finding("permissions", PROBLEM, f"{folder} is not writable.", remedy)
    for path in private_paths() if settings.IS_PUBLIC else []:
        if path.exists() and path.stat().st_mode & GROUP_AND_OTHERS:
            yield Finding("permissions", WARNING, f"Other users of this machine can read {path}.", f"chmod go= {path}")


def _folders() -> list[Path]:
    """Return the folders that the site writes to."""
    folders = [folder for folder in storage_folders().values() if folder.exists()]
    if connection.vendor == "sqlite":
        folders.append(Path(connection.settings_dict["NAME"]).resolve().parent)
    if not settings.LOG_TO_STDOUT:
        folders.append(settings.LOG_FOLDER)
    return folders
