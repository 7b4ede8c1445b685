"""Names that people hold already and could not choose today."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from accounts.confusables import skeleton
from accounts.models import User, Username
from accounts.validators import fold_username, username_validators


class Command(BaseCommand):
    help = (
        "List the accounts with names that today's rules would refuse: invisible characters, mixed scripts, reserved "
        "names, and names that could be taken for one that was there before. Nothing is changed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for username, reason in [*refused_names(), *confusable_names()]:
            count += 1
            self.stdout.write(f"{username} : {reason}")
        self.stdout.write(f"{count} names would be refused today.")


def refused_names() -> Iterator[tuple[str, str]]:
    """Return each name that breaks a rule for names, with the reason."""
    for username in User.objects.order_by("pk").values_list("username", flat=True).iterator():
        try:
            for validate in username_validators:
                validate(username)
        except ValidationError as error:
            yield username, " ".join(error.messages)


def confusable_names() -> Iterator[tuple[str, str]]:
    """Return each name that could be taken for one of somebody else, with that one."""
    names = Username.objects.filter(skeleton=None, user__isnull=False).values_list("key", "user", "user__username")
    for key, owner, username in names.iterator():
        if fold_username(username) != key:
            continue  # a former name
        others = Username.objects.filter(skeleton=skeleton(username)).exclude(user=owner)
        for other in others.select_related("user"):
            yield username, f"It could be taken for {other.user or other.key}."
