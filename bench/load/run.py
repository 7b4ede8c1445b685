"""Prepare the data of a set, serve it, measure each page and report; runs with the site's settings."""

import hashlib
import inspect
import sys
import time

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from accounts.models import User
from bench.data import loading, sets
from bench.data.loading import load
from bench.data.sets import SEED, SIZES, viewers_of
from bench.load.measure import Viewer, gunicorn
from bench.load.pages import PAGES
from bench.load.report import Report
from bench.load.requests import ROTATING
from posts import rendering

ROTATING_VIEWERS = 32


def main(name: str = "", only: str = "") -> int:
    """Measure the pages whose names contain `only` on the set of a name; return the exit status."""
    name = name or "s"
    prepare(name)
    named = viewers_of(SIZES[name])
    pages = [page for page in PAGES if only in page.name and page.viewer in [ROTATING, *named]]
    if not pages:
        sys.exit(f"No page has {only!r} in its name.")
    viewers = {ROTATING: rotating_viewers(name)}
    viewers |= {user.username: [Viewer(user)] for user in User.objects.filter(username__in=named)}
    report = Report(name, SEED)
    with gunicorn() as server:
        for page in pages:
            report.measure(page, viewers[page.viewer], server.port)
    report.save()
    return int(any("failed" in row for row in report.rows))


def rotating_viewers(name: str) -> list[Viewer]:
    """Return people of a set, evenly spread, who take turns."""
    count = SIZES[name].users
    places = range(count // ROTATING_VIEWERS // 2, count, count // ROTATING_VIEWERS)
    return [Viewer(user) for user in User.objects.filter(pk__in=places[:ROTATING_VIEWERS])]


def prepare(name: str) -> None:
    """Make the static files, and the database `bench`, a copy of the set, which is loaded unless it is there."""
    if name not in SIZES:
        sys.exit(f"SET={name} is none of {', '.join(SIZES)}.")
    call_command("collectstatic", interactive=False, verbosity=0)
    kept = f"set_{name}"
    digest = _digest()
    with connection._nodb_cursor() as server:
        server.execute("DROP DATABASE IF EXISTS bench")
        server.execute(
            "SELECT shobj_description(oid, 'pg_database') = %s FROM pg_database WHERE datname = %s", [digest, kept]
        )
        if server.fetchone() != (True,):
            start = time.monotonic()
            print(f"Loading set {name} …", end=" ", flush=True)
            server.execute(f"DROP DATABASE IF EXISTS {kept}")
            server.execute("CREATE DATABASE bench")
            call_command("migrate", verbosity=0)
            # Without the checks of foreign keys, which would take as long again.
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
            load(SIZES[name])
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (FREEZE, ANALYZE)")
            connection.close()
            server.execute(f"ALTER DATABASE bench RENAME TO {kept}")
            server.execute(f"COMMENT ON DATABASE {kept} IS '{digest}'")
            print(f"{time.monotonic() - start:.0f} s")
        server.execute(f"CREATE DATABASE bench TEMPLATE {kept} STRATEGY file_copy")
        server.execute("CHECKPOINT")


def _digest() -> str:
    """Return what changes whenever the data of the sets could: who draws it, its tables, how bodies are rendered."""
    migrations = {migration.__module__ for migration in MigrationLoader(None).disk_migrations.values()}
    modules = [sets, loading, rendering, *(sys.modules[name] for name in sorted(migrations))]
    return hashlib.sha256("".join(map(inspect.getsource, modules)).encode()).hexdigest()
