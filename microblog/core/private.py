"""Permissions of the site's private files and folders."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

OTHERS = stat.S_IRWXO
GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(path: Path) -> bool:
    """
    Restrict a file or folder that all users of the machine can access to its owner.

    Return False if it belongs to another user. Access for a group only is left to the operator.
    """
    with suppress(FileNotFoundError):
        facts = path.stat()
        if facts.st_mode & OTHERS:
            if facts.st_uid != os.geteuid():
                return False
            path.chmod(stat.S_IMODE(facts.st_mode) & ~GROUP_AND_OTHERS)
    return True


def private_paths() -> list[Path]:
    """Return `.env`, the files of SQLite and the folders of archives and logs, if there are any."""
    exports = storages["exports"]
    return [
        settings.BASE_DIR / ".env",
        *database_files(connections[DEFAULT_DB_ALIAS]),
        *([Path(exports.location)] if isinstance(exports, FileSystemStorage) else []),
        *([] if settings.LOG_TO_STDOUT else [settings.LOG_FOLDER]),
    ]


def database_files(database: BaseDatabaseWrapper) -> list[Path]:
    """Return the file of an SQLite database and those that SQLite writes next to it, with the same permissions."""
    if database.vendor != "sqlite":
        return []
    return [Path(f"{database.settings_dict['NAME']}{suffix}") for suffix in ("", "-wal", "-shm")]


def keep_database_private(connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """Make a new SQLite file private before anything is written to it."""
    for path in database_files(connection):
        make_private(path)
