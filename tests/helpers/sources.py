"""Databases of the original, a Flask Microblog, that imports are tested with."""

import os
import shutil
import subprocess
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from scripts.servers import find_postgresql

SAMPLES = settings.BASE_DIR / "imports" / "tests" / "data"


@pytest.fixture
def sqlite_sample(tmp_path):
    """Return the URL of a copy of the sample of the newest schema."""
    return _copy("sample.sqlite3", tmp_path)


@pytest.fixture
def old_sample(tmp_path):
    """Return the URL of a copy of the sample from before messages and tokens."""
    return _copy("sample-v0.14.sqlite3", tmp_path)


@pytest.fixture
def postgresql_sample(db):
    """Return the URL of the sample in a PostgreSQL database of its own, on the server of the tests."""
    name = f"sample_{uuid.uuid4().hex}"
    at = connection.settings_dict
    server = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}"
    psql = [find_postgresql() / "psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
    _run([*psql, f"{server}/postgres", f"--command=CREATE DATABASE {name}"])
    yield _loaded([*psql, f"{server}/{name}"], "sample-postgresql.sql", f"{server}/{name}")
    _run([*psql, f"{server}/postgres", f"--command=DROP DATABASE {name} WITH (FORCE)"])


@pytest.fixture
def mariadb_sample():
    """Return the URL of the sample in a MariaDB database of its own."""
    name = f"sample_{uuid.uuid4().hex}"
    at = urlsplit(os.environ["TEST_MARIADB_URL"])
    mariadb = ["mariadb", "--no-defaults", f"--host={at.hostname}", f"--port={at.port}", f"--user={at.username}"]
    _run([*mariadb, f"--execute=CREATE DATABASE {name} CHARACTER SET utf8mb4"])
    yield _loaded([*mariadb, name], "sample-mysql.sql", f"{at.scheme}://{at.netloc}/{name}")
    _run([*mariadb, f"--execute=DROP DATABASE {name}"])


@pytest.fixture(
    params=[
        "sqlite_sample",
        "old_sample",
        pytest.param("postgresql_sample", marks=pytest.mark.postgresql),
        pytest.param("mariadb_sample", marks=pytest.mark.mariadb),
    ]
)
def sample(request):
    """Run a test with each sample; return its URL, as in the original's `DATABASE_URL`."""
    return request.getfixturevalue(request.param)


def _copy(name: str, folder: Path) -> str:
    return f"sqlite:///{shutil.copy(SAMPLES / name, folder)}"


def _loaded(client: list[str | Path], dump: str, url: str) -> str:
    _run(client, (SAMPLES / dump).read_text())
    return url


def _run(command: list[str | Path], text: str = "") -> None:
    subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
