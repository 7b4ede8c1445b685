"""
Back up and restore a whole site in one file: a consistent copy of the database, and the stored files.

The file is a tar archive. Its last member, the manifest, lists every other with its size and SHA-256, so that a
truncated or modified file is detected before anything is restored. Sessions are left out: they cannot be stolen from
a backup, and all users sign in again after a restore. SECRET_KEY is not in it either.
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
# Models whose tables are backed up without rows.
WITHOUT_ROWS = ("sessions.Session", "usersessions.UserSession")
# How long a restore waits for locks of other connections.
LOCK_TIMEOUT = "30s"

Report = Callable[[int, int], None]


class BackupError(Exception):
    """A backup failed or cannot be restored here; the message gives the reason and the remedy."""


class Manifest(NamedTuple):
    """The contents of a backup."""

    created_at: str
    engine: str
    # Applied migrations, each "app.name".
    migrations: list[str]
    # Member name -> {"size": bytes, "sha256": digest}.
    files: dict[str, dict[str, Any]]


# --- Making ---


def create(path: Path, report: Report) -> Manifest:
    """Write a backup to a new file, readable only by its owner. A failure leaves no file."""
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
        os.link(partial, path)  # refuses to replace an existing file
    return manifest


def stored_files() -> Iterator[tuple[str, Path]]:
    """Yield (name in a backup, path) of each file in the storages on this machine."""
    for alias, folder in storage_folders().items():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield f"{alias}/{path.relative_to(folder).as_posix()}", path


def storage_folders() -> dict[str, Path]:
    """Return the folders of file storages by prefix in a backup; the default one only with MEDIA_ROOT."""
    left_out = {"staticfiles"} if settings.MEDIA_ROOT else {"staticfiles", "default"}
    names = [name for name in settings.STORAGES if name not in left_out]
    found = {f"files/{name}": storages[name] for name in names}
    return {name: Path(storage.location) for name, storage in found.items() if isinstance(storage, FileSystemStorage)}


def _add(archive: tarfile.TarFile, name: str, path: Path) -> dict[str, Any] | None:
    """Add one file and return its size and digest; None when it was deleted in the meantime."""
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
    """A file whose reads are hashed."""

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
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - table names of models
        copy.commit()
        copy.execute("PRAGMA journal_mode=DELETE")
        # Removes the deleted rows from the file.
        copy.execute("VACUUM")
    return path


def _applied_migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


# --- Restoring ---


def verify(path: Path, report: Report) -> Manifest:
    """Return the manifest of a backup; raise BackupError unless it is complete and unmodified."""
    try:
        with tarfile.open(path) as archive:
            members = {member.name: member for member in archive}
            if MANIFEST not in members:
                raise BackupError(f"{path} is truncated: it has no manifest.")
            content = json.loads(_reader(archive, members[MANIFEST]).read())
            if content.pop("format", None) != FORMAT:
                raise BackupError(f"{path} was made by another release, in a format that this one cannot read.")
            manifest = Manifest(**content)
            for done, (name, entry) in enumerate(manifest.files.items(), 1):
                if name not in members or _digest(_reader(archive, members[name])) != entry["sha256"]:
                    raise BackupError(f"{path} is damaged: the checksum of {name} differs.")
                report(done, len(manifest.files))
    except (tarfile.TarError, OSError, ValueError, TypeError) as error:
        raise BackupError(f"{path} cannot be read: {error}") from error
    return manifest


def check_restorable(manifest: Manifest) -> None:
    """Raise BackupError when a backup is of another database engine or of a newer release."""
    if manifest.engine != connection.vendor:
        raise BackupError(f"The backup is of {manifest.engine}, but DATABASE_URL is of {connection.vendor}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if newer := sorted(set(manifest.migrations) - known):
        raise BackupError(f"The backup is of a newer release: this one lacks the migrations {', '.join(newer)}.")


def has_users() -> bool:
    """Return whether the database has any user."""
    user = get_user_model()
    return user._meta.db_table in connection.introspection.table_names() and user.objects.exists()


def restore(path: Path, manifest: Manifest, report: Report) -> None:
    """
    Replace the contents of the database by those of a verified backup, all or nothing, and add its files.

    Files that are not in the backup stay.
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
    """Recreate the schema in one transaction: readers see either the old contents or the new ones."""
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
        raise BackupError(f"{member.name} is not a file.")
    return file


def _digest(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # tarfile's files have readinto()


def _put(source: IO[bytes], folder: Path, name: str) -> None:
    """Write a file into a storage's folder; raise BackupError when its path leads outside."""
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
    """Run a PostgreSQL client program on the site's database; the password is passed in the environment."""
    arguments, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    _run([program, *options, *arguments[1:]], environment or {})


def _run(command: list[str], environment: dict[str, str]) -> None:
    try:
        subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True)  # noqa: S603 - fixed commands
    except FileNotFoundError as error:
        raise BackupError(f"{command[0]} was not found; on Debian: apt install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{command[0]} failed: {error.stderr.strip()}") from error
