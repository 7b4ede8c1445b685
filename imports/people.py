"""Users of a source: their names, email addresses and passwords."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress

from accounts.confusables import skeleton
from accounts.models import User, Username
from accounts.placeholders import PLACEHOLDER_DOMAIN
from accounts.security.hashers import from_werkzeug
from accounts.validators import fold_username, normalize_username
from imports.models import ImportedUser
from imports.names import EMAIL_MAX_LENGTH, plan_names
from imports.reports import Outcome
from imports.runs import Importer, Row, Rows, clean, skip_ids
from imports.sources import to_time

ABOUT_ME_LIMIT = User._meta.get_field("about_me").max_length or 0
FORMER_LIMIT = ImportedUser._meta.get_field("unannounced_username").max_length or 0


class UserImporter(Importer):
    kind = "users"
    table = "user"

    def stages(self) -> Iterator[Rows]:
        """Read all names first: the valid ones are kept before others are changed."""
        self.names = plan_names(self.source.rows("user", ("id", "username", "email"), where=self.is_new))
        self.first_posts: dict[int, datetime | None] = {}
        if self.source.has("post", "timestamp"):
            firsts = self.source.rows("post", ("user_id", "min(timestamp)"), group="user_id", order=("user_id",))
            self.first_posts = {pk: to_time(time) for pk, time in firsts}
        columns = ("id", "username", "email", "password_hash", "about_me", "last_seen")
        yield self.source.rows("user", columns, where=self.is_new)

    def write(self, rows: Sequence[Row], outcome: Outcome) -> None:
        """Create accounts with email addresses that count as confirmed: the source did not confirm any."""
        kept = self.ids_to_keep(User, rows)
        people = [self._to_user(row, outcome) for row in rows]
        outcome.imported += len(rows)
        if self.run.dry_run:
            self.run.accounts |= {row[0]: (-row[0], user.created_at) for row, user in zip(rows, people, strict=True)}
            return
        for (pk, *_rest), user in zip(rows, people, strict=True):
            user.pk = pk if pk in kept else None
        # Those with an id of their own first: the database gives the others higher ones.
        User.objects.bulk_create(user for user in people if user.pk is not None)
        if kept:
            skip_ids(User)
        User.objects.bulk_create(user for user in people if user.pk is None)
        Username.objects.bulk_create(
            Username(
                key=fold_username(user.username),
                skeleton=skeleton(user.username),
                user=user,
                created_at=user.created_at,
            )
            for user in people
        )
        EmailAddress.objects.bulk_create(
            EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in people
        )
        ImportedUser.objects.bulk_create(
            ImportedUser(
                source=self.run.state,
                original_id=pk,
                user=user,
                unannounced_username=_storable(username)[:FORMER_LIMIT] if pk in self.names.usernames else "",
            )
            for (pk, username, *_rest), user in zip(rows, people, strict=True)
        )
        self.run.accounts |= {row[0]: (user.pk, user.created_at) for row, user in zip(rows, people, strict=True)}

    def _to_user(self, row: Row, outcome: Outcome) -> User:
        pk, username, email, password_hash, about_me, last_seen = row
        changes = []
        new_name = self.names.usernames.get(pk) or normalize_username(username)
        if new_name != username:
            changes.append(("username", f"{username!r} is {new_name!r} here; email address {email!r}"))
        new_email, claimed = self._email_of(pk, email, changes)
        text = clean(about_me)
        if text != (about_me or ""):
            changes.append(("about me: line breaks, spaces or Unicode form", ""))
        if len(text) > ABOUT_ME_LIMIT:
            changes.append(("about me is too long and was cut", f"after {ABOUT_ME_LIMIT} code points: {text!r}"))
        password = from_werkzeug(_storable(password_hash))
        if password_hash and password.startswith("!"):
            changes.append(("password hash of an unknown format", "its owner resets the password by mail"))
        seen = to_time(last_seen)
        times = [time for time in (seen, self.first_posts.get(pk)) if time]
        created_at = min(times, default=self.run.state.started_at)
        outcome.change(pk, *changes)
        return User(
            username=new_name,
            email=new_email,
            claimed_email=claimed,
            password=password,
            about_me=text[:ABOUT_ME_LIMIT],
            created_at=created_at,
            last_seen=seen or created_at,
        )

    def _email_of(self, pk: int, email: Any, changes: list[tuple[str, str]]) -> tuple[str, str]:
        """Return the email address, and the one in whose place a placeholder is stored."""
        reason = self.names.without_email.get(pk)
        if reason is None:
            return str(email).strip().lower(), ""
        changes.append((reason, f"{email!r}; signs in with the username, and enters another one in the settings"))
        # The same in each run.
        return f"import-{self.run.state.pk or 0}-{pk}{PLACEHOLDER_DOMAIN}", _storable(email).strip()[:EMAIL_MAX_LENGTH]


def _storable(text: Any) -> str:
    """Return a text without NUL, which PostgreSQL refuses."""
    return str(text or "").replace("\0", "")
