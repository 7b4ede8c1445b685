"""Rotate SECRET_KEY while the site runs."""

from __future__ import annotations

import os
import re
import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.security.encryption import reencrypt
from audit.commands import add_actor, command_actor
from audit.services import record
from microblog.core.output import Progress, add_json, print_json


class Command(BaseCommand):
    help = (
        "Rotate SECRET_KEY in two steps. Without --finish: write a new random key to .env and prepend the former one "
        "to SECRET_KEY_FALLBACKS, where it still verifies and decrypts; then restart the web processes and workers. "
        "With --finish, after that: encrypt the secrets of second factors with the new key and remove the fallbacks "
        "from .env; users with older sessions sign in again. Where the variables are not set in .env, set them there "
        "yourself and run --finish. Writes one entry to the audit log. "
        "Exit codes: 0 done, 1 not done, 2 wrong use of the command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--finish", action="store_true", help="the second step")
        parser.add_argument("--dry-run", action="store_true", help="only show what would be done")
        add_actor(parser)
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        dry_run = options["dry_run"]
        report: dict[str, Any] = {"dry_run": dry_run}
        if options["finish"]:
            count = reencrypt(Progress("Encrypted"), dry_run=dry_run)
            changes = {"SECRET_KEY_FALLBACKS": ""}
            report |= {"encrypted": count, "env_file": self.change_env(changes, dry_run=dry_run)}
            text = f"{count} secrets {'would be' if dry_run else 'are'} encrypted with SECRET_KEY. "
            text += "Fallbacks are no longer needed; restart the web processes and workers."
        else:
            fallbacks = ",".join([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
            changes = {"SECRET_KEY": secrets.token_urlsafe(50), "SECRET_KEY_FALLBACKS": fallbacks}
            if not self.change_env(changes, dry_run=dry_run):
                raise CommandError(
                    "SECRET_KEY is not set in .env: set a new one where it is set, put the former one first in "
                    "SECRET_KEY_FALLBACKS, restart, and run this with --finish."
                )
            text = f".env {'would have' if dry_run else 'has'} a new SECRET_KEY. Restart the web processes and "
            text += "workers, then run this with --finish."
            report |= {"env_file": True}
        if not dry_run:
            step = "finish" if options["finish"] else "begin"
            record("site.rotate_secret_key", actor=command_actor(options["actor"]), after={"step": step})
        if options["json"]:
            print_json(self.stdout, report)
        else:
            self.stdout.write(text)

    def change_env(self, changes: dict[str, str], *, dry_run: bool) -> bool:
        """Set variables in .env, keeping it private to its owner; return False when SECRET_KEY is not set there."""
        path = (settings.BASE_DIR / ".env").resolve()  # a symlink where releases share one file
        text = path.read_text() if path.exists() else ""
        if not re.search(rf"^SECRET_KEY=['\"]?{re.escape(settings.SECRET_KEY)}['\"]?$", text, re.MULTILINE):
            return False
        for name, value in changes.items():
            others = [line for line in text.splitlines() if not line.startswith(f"{name}=")]
            text = "\n".join([*others, f"{name}={value}", ""])
        if not dry_run:
            partial = path.with_name(f"{path.name}.partial")
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
            partial.replace(path)
        return True
