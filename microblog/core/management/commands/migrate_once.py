"""Apply migrations, one process at a time."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

from microblog.core.locks import exclusive_lock


class Command(migrate.Command):
    help = (
        "Run `migrate` while every other `migrate_once` on this database waits, so that several machines can start at "
        "once. Changes the tables; exits with 1 if the database is unavailable or a migration fails."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with exclusive_lock(connections[options["database"]]):
                super().handle(*args, **options)
        except OperationalError as error:
            raise CommandError(f"The database is unavailable: {error}") from error
