"""
Copies of a whole site in one file: the database, as it is at one moment, and the files that people may fetch.

The file is a tar archive. Its last member, the manifest, names every other with its size and SHA-256, so that a file
that was cut short or changed is known before anything is restored. Open sessions are left out: whoever gets hold of a
copy cannot sign in with them, and after a restore everybody signs in again. SECRET_KEY is not in it either.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
# Tables of which only the shape is kept.
WITHOUT_ROWS = ("sessions.Session", "usersessions.UserSession")
# How long a restore waits for those who use the database.
LOCK_TIMEOUT = "30s"

Report = Callable[[int, int], None]


class BackupError(Exception):
    """A copy could not be made, or is not to be restored here; the message says why and what helps."""


class Manifest(NamedTuple):
    """What a copy holds."""

    created_at: str
    engine: str
    # Names of the migrations that made its tables, each "app.name".
    migrations: list[str]
    # By name in the archive: {"size": bytes, "sha256": digest}.
    files: dict[str, dict[str, Any]]


# --- Making ---


def create(path: Path, report: Report) -> Manifest:
    """Write a copy of the site to a new file, readable by its owner alone. What cannot be finished leaves no file."""
    files = dict(stored_files())
    manifest = Manifest(timezone.now().isoformat(timespec="seconds"), connection.vendor, _applied_migrations(), {})
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        files = {DATABASE: _dump_database(Path(folder)), **files}
        partial = Path(folder, path.name)
        with tarfile.open(partial, "x") as archive:
            for done, (name, source) in enumerate(files.items(), 1):
                if entry := _add(archive, name, source):
                    manifest.files[name] = entry
                report(done, len(files))
            content = Path(folder, MANIFEST)
            content.write_text(json.dumps({"format": FORMAT, **manifest._asdict()}))
            archive.add(content, MANIFEST)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.chmod(0o600)
        os.link(partial, path)  # refuses to take the place of another file
    return manifest


def stored_files() -> Iterator[tuple[str, Path]]:
    """Yield each file in the site's storages on this machine, with its name in a copy."""
    for alias, folder in storage_folders().items():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield f"{alias}/{path.relative_to(folder).as_posix()}", path


def storage_folders() -> dict[str, Path]:
    """Return where storages that people's files are in keep them; without MEDIA_ROOT the default one keeps none."""
    left_out = {"staticfiles"} if settings.MEDIA_ROOT else {"staticfiles", "default"}
    names = [name for name in settings.STORAGES if name not in left_out]
    found = {f"files/{name}": storages[name] for name in names}
    return {name: Path(storage.location) for name, storage in found.items() if isinstance(storage, FileSystemStorage)}


def _add(archive: tarfile.TarFile, name: str, path: Path) -> dict[str, Any] | None:
    """Add one file and return its size and digest; None when it went away meanwhile."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = os.fstat(file.fileno()).st_size, 0o600, int(path.stat().st_mtime)
        reader = _Hashing(file)
        archive.addfile(member, reader)
    return {"size": member.size, "sha256": reader.digest.hexdigest()}


class _Hashing:
    """A file that digests what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.digest.update(block)
        return block


def _dump_database(folder: Path) -> Path:
    path = folder / DATABASE
    tables = [apps.get_model(label)._meta.db_table for label in WITHOUT_ROWS]
    if connection.vendor == "postgresql":
        options = [f"--exclude-table-data={table}" for table in tables]
        _postgresql("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}", *options)
        return path
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        for table in tables:
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names of our own
        copy.commit()
        copy.execute("PRAGMA journal_mode=DELETE")
        # Deleted rows leave the file too.
        copy.execute("VACUUM")
    return path


def _applied_migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


# --- Restoring ---


def verify(path: Path, report: Report) -> Manifest:
    """Return what a copy holds; raise BackupError unless all of it is there and as it was written."""
    try:
        with tarfile.open(path) as archive:
            members = {member.name: member for member in archive}
            if MANIFEST not in members:
                raise BackupError(f"{path} is cut short: it has no manifest.")
            content = json.loads(_reader(archive, members[MANIFEST]).read())
            if content.pop("format", None) != FORMAT:
                raise BackupError(f"{path} was made by another release, in a format that this one does not know.")
            manifest = Manifest(**content)
            for done, (name, entry) in enumerate(manifest.files.items(), 1):
                if name not in members or _digest(_reader(archive, members[name])) != entry["sha256"]:
                    raise BackupError(f"{path} is damaged: {name} is not what was written.")
                report(done, len(manifest.files))
    except (tarfile.TarError, OSError, ValueError, TypeError) as error:
        raise BackupError(f"{path} cannot be read: {error}") from error
    return manifest


def refuse_unfit(manifest: Manifest) -> None:
    """Raise BackupError when a copy is of another engine, or of a newer release than this one."""
    if manifest.engine != connection.vendor:
        raise BackupError(f"The copy is of {manifest.engine}, and DATABASE_URL names {connection.vendor}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if newer := sorted(set(manifest.migrations) - known):
        raise BackupError(f"The copy is of a newer release: this one does not know {', '.join(newer)}.")


def holds_people() -> bool:
    """Tell whether the database has anything to lose."""
    user = get_user_model()
    return user._meta.db_table in connection.introspection.table_names() and user.objects.exists()


def restore(path: Path, manifest: Manifest, report: Report) -> None:
    """
    Put a verified copy in the place of what the database holds, all or nothing, and add its files.

    Files that are there and not in the copy stay.
    """
    folders = storage_folders()
    with tempfile.TemporaryDirectory(prefix="restore-") as folder, tarfile.open(path) as archive:
        database = Path(folder, DATABASE)
        _write(_reader(archive, archive.getmember(DATABASE)), database)
        _load_database(database)
        for done, name in enumerate(manifest.files, 1):
            for alias, storage in folders.items():
                if name.startswith(f"{alias}/"):
                    _put(_reader(archive, archive.getmember(name)), storage, name.removeprefix(f"{alias}/"))
            report(done, len(manifest.files))


def _load_database(source: Path) -> None:
    connection.close()
    if connection.vendor == "postgresql":
        _load_postgresql(source)
        return
    target = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(target, timeout=20)) as database:
        copy.backup(database)
        database.execute("PRAGMA journal_mode=WAL")


def _load_postgresql(source: Path) -> None:
    """Empty the schema and fill it anew in one transaction: readers see the old site or the new one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
    connection.close()
    script = source.with_suffix(".sql")
    _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(source)], {})
    _postgresql(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--output=/dev/null",
        "--set=ON_ERROR_STOP=1",
        "--single-transaction",
        f"--command=SET lock_timeout = '{LOCK_TIMEOUT}'",
        f"--command=DROP SCHEMA {schema} CASCADE",
        f"--command=CREATE SCHEMA {schema}",
        f"--file={script}",
    )


def _reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    if file is None:
        raise BackupError(f"{member.name} is no file.")
    return file


def _digest(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # tarfile's files have readinto()


def _put(source: IO[bytes], folder: Path, name: str) -> None:
    """Write a file into a storage's folder, and nowhere else."""
    target = folder / name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise BackupError(f"{name} would be written outside {folder}.")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target.with_name(f".{target.name}.partial")
    _write(source, partial)
    partial.replace(target)


def _write(source: IO[bytes], target: Path) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        shutil.copyfileobj(source, file)


# --- PostgreSQL's own programs ---


def _postgresql(program: str, *options: str) -> None:
    """Run a client program of PostgreSQL on the site's database; the password is not among its arguments."""
    arguments, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    _run([program, *options, *arguments[1:]], environment or {})


def _run(command: list[str], environment: dict[str, str]) -> None:
    try:
        subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True)  # noqa: S603 - one of ours
    except FileNotFoundError as error:
        raise BackupError(f"{command[0]} was not found; on Debian: apt install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{command[0]} failed: {error.stderr.strip()}") from error
