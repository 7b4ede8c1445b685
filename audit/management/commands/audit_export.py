"""Export the audit log."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder

from audit.models import AuditEntry


def moment(text: str) -> datetime:
    """Parse an ISO date or time; without a time zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not an ISO date or time such as 2026-11-21 or 2026-11-21T12:00") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Write the audit log to standard output as JSON, one entry per line, oldest first. Changes nothing. "
        "Exit codes: 0 done, 2 wrong use of the command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=moment, help="only entries from this ISO date or time on")
        parser.add_argument("--until", type=moment, help="only entries before this ISO date or time")
        parser.add_argument(
            "--after", type=int, default=0, help="only entries with a higher id, to continue an export"
        )
        parser.add_argument("--action", default="", help="only actions that begin with this: post., account. …")
        parser.add_argument("--actor", default="", help="only entries of the actor with exactly this name")

    def handle(self, *args: Any, **options: Any) -> None:
        entries = AuditEntry.objects.filter(pk__gt=options["after"]).order_by("pk")
        if options["since"]:
            entries = entries.filter(created_at__gte=options["since"])
        if options["until"]:
            entries = entries.filter(created_at__lt=options["until"])
        if options["action"]:
            entries = entries.filter(action__startswith=options["action"])
        if options["actor"]:
            entries = entries.filter(actor_name=options["actor"])
        for entry in entries.values().iterator():
            self.stdout.write(json.dumps(entry, cls=DjangoJSONEncoder, ensure_ascii=False))
