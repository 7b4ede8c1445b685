"""Apply migrations, one process at a time."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

from microblog.core.locks import only_one


class Command(migrate.Command):
    help = (
        "Do what `migrate` does while every other `migrate_once` on this database waits, so that any number of "
        "machines may start at once. Changes the tables; ends with 1 when the database does not answer or a migration "
        "fails."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with only_one(connections[options["database"]]):
                super().handle(*args, **options)
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
