"""Creation and states of accounts, for operators."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import services
from accounts.models import User
from accounts.passwords import normalize_password
from accounts.security.services import reset_second_factor, sign_out_everywhere
from audit.commands import add_actor, command_actor
from microblog.core.exceptions import DomainError

NOT_FOUND = 3


class Command(BaseCommand):
    help = (
        "Create an account or change its state. Changes are written to the audit log. "
        "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 account not found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, text in {
            "create": "create an account with a verified email address; its password is read from a prompt or a pipe",
            "verify": "mark the account's email address as verified",
            "promote": "make the account staff, or an administrator with --superuser",
            "demote": "remove the staff and administrator roles",
            "deactivate": "close the account: sign it out and hide it, without deleting anything",
            "restore": "reopen a closed account, also one that is to be deleted",
            "reset_second_factor": "remove authenticator app, recovery codes and passkeys",
            "end_sessions": "end all sessions and revoke all API tokens of the account",
        }.items():
            action = actions.add_parser(name, help=text, description=text.capitalize() + ".")
            action.add_argument("username", metavar="NAME")
            add_actor(action)
            action.add_argument("--reason", default="", help="the reason, for the audit log")
            action.add_argument("--dry-run", action="store_true", help="only show what would be done")
            if name == "create":
                action.add_argument("--email", required=True)
            if name == "promote":
                action.add_argument("--superuser", action="store_true", help="make the account an administrator")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        known: dict[str, Any] = {"actor": command_actor(options["actor"]), "reason": options["reason"]}
        try:
            if options["action"] == "create":
                user = self.create(options, known)
            else:
                user = self.find(options["username"])
                self.act(user, options, known)
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        done = "would be done" if options["dry_run"] else "done"
        if options["dry_run"]:
            transaction.set_rollback(True)
        self.stdout.write(f"{options['action']} {user.username}: {done}.")

    def find(self, username: str) -> User:
        user = User.objects.by_username(username).first()
        if user is None:
            raise CommandError(f"There is no account {username}.", returncode=NOT_FOUND)
        return user

    def act(self, user: User, options: dict[str, Any], known: dict[str, Any]) -> None:
        actions: dict[str, Callable[[], object]] = {
            "verify": lambda: services.verify_email(user, **known),
            "promote": lambda: services.set_staff(user, is_staff=True, is_superuser=options["superuser"], **known),
            "demote": lambda: services.set_staff(user, is_staff=False, is_superuser=False, **known),
            "deactivate": lambda: services.deactivate_user(user, **known),
            "restore": lambda: services.restore_user(user, **known),
            "reset_second_factor": lambda: reset_second_factor(user, **known),
            "end_sessions": lambda: sign_out_everywhere(user, **known),
        }
        actions[options["action"]]()

    def create(self, options: dict[str, Any], known: dict[str, Any]) -> User:
        username, email = User.normalize_username(options["username"]), options["email"].lower()
        try:
            User._meta.get_field("username").clean(username, None)
            User._meta.get_field("email").clean(email, None)
            password = normalize_password(self.read_password())
            validate_password(password, User(username=username, email=email))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user = services.register_user(username=username, email=email, password=password)
        services.verify_email(user, **known)
        return user

    def read_password(self) -> str:
        if sys.stdin.isatty():
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Password again: "):
                raise CommandError("The passwords differ. Nothing was done.")
            return password
        return sys.stdin.readline().rstrip("\n")
