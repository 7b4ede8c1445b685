"""Existing usernames that today's rules refuse."""

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
        "List the accounts with usernames that today's rules would refuse: invisible characters, mixed scripts, "
        "reserved usernames, and usernames that are confusable with older ones. Nothing is changed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for username, reason in [*refused_names(), *confusable_names()]:
            count += 1
            self.stdout.write(f"{username} : {reason}")
        self.stdout.write(f"{count} usernames would be refused today.")


def refused_names() -> Iterator[tuple[str, str]]:
    """Yield each username that a validator refuses, with the reason."""
    for username in User.objects.order_by("pk").values_list("username", flat=True).iterator():
        try:
            for validate in username_validators:
                validate(username)
        except ValidationError as error:
            yield username, " ".join(error.messages)


def confusable_names() -> Iterator[tuple[str, str]]:
    """Yield each username that is confusable with one of another user, with that one."""
    names = Username.objects.filter(skeleton=None, user__isnull=False).values_list("key", "user", "user__username")
    for key, owner, username in names.iterator():
        if fold_username(username) != key:
            continue  # a former username
        others = Username.objects.filter(skeleton=skeleton(username)).exclude(user=owner)
        for other in others.select_related("user"):
            yield username, f"It is confusable with {other.user or other.key}."
