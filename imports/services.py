"""Import a Flask Microblog: its rows, then the counters; and what operators do afterwards."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.db.models import BigIntegerField, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from accounts.models import User
from accounts.querysets import people_visible_to
from audit.services import record
from imports.batches import batched
from imports.follows import FollowImporter
from imports.messages import MessageImporter
from imports.models import Import, ImportedPost, ImportedUser
from imports.people import UserImporter
from imports.posts import PostImporter
from imports.reports import Report
from imports.runs import ImportFailed, Run
from imports.sources import Source, SourceError, to_time
from imports.tasks import send_new_username
from messaging.models import Participant
from messaging.notifications.badges import lock_users, recount_unread
from posts.models import Post
from relationships.services import recount

# In the order in which they refer to each other.
IMPORTERS = (UserImporter, PostImporter, FollowImporter, MessageImporter)
# Tables whose rows are not imported, and why: the kind, the table, the condition of its rows.
LEFT_OUT = [
    ("notifications", "notification", "1 = 1", "they are counted again"),
    ("tokens", "user", '"token" IS NOT NULL', "they lasted an hour: clients request new ones"),
    ("exports", "task", "1 = 1", "they ran in the other site"),
]
EXPECTED = {"alembic_version": {"version_num"}} | {
    "user": {"id", "username", "email", "password_hash", "about_me", "last_seen", "last_message_read_time"}
    | {"token", "token_expiration"},
    "post": {"id", "body", "timestamp", "user_id", "language"},
    "followers": {"follower_id", "followed_id"},
    "message": {"id", "sender_id", "recipient_id", "body", "timestamp"},
    "notification": {"id", "name", "user_id", "timestamp", "payload_json"},
    "task": {"id", "name", "description", "user_id", "complete"},
}
# Users whose counters one transaction repairs, and mails that one enqueues.
SLICE = 500

Progress = Callable[[str], Callable[[int, int], object]]


def import_microblog(
    source: Source, *, report: Report, actor: str, batch: int, dry_run: bool, progress: Progress
) -> Import:
    """
    Import what is new in a source, one transaction per batch, and return the state of its import.

    Raise ImportFailed or SourceError; what was imported until then stays, with right counters, and the next run goes
    on from there. A dry run writes nothing.
    """
    state = _find_import(source)
    if not dry_run and state._state.adding:
        state = _create_import(state)
    run = Run(source, state, report, actor=actor, batch=batch, dry_run=dry_run)
    try:
        for importer in IMPORTERS:
            run.import_kind(importer(run), progress(importer.kind))
        for kind, table, where, reason in LEFT_OUT:
            total = source.count(table, where) if kind != "tokens" or source.has("user", "token") else 0
            report.begin(kind, total).left_out[reason] += total
    except (ImportFailed, SourceError) as error:
        # Where the database itself fails, the first error says why; the next run repairs the counters.
        with suppress(DatabaseError):
            if not dry_run:
                _recount(run, progress("counters"))
                record("site.import_failed", actor=actor, target=state, reason=str(error), after=report.as_dict())
        raise
    if not dry_run and state.finished_at is None:
        _recount(run, progress("counters"))
        with transaction.atomic():
            state.finished_at = timezone.now()
            state.save(update_fields=["finished_at"])
            record("site.import_finished", actor=actor, target=state, after=report.as_dict())
    return state


def find_unknown(source: Source) -> list[str]:
    """Return the tables and columns of a source that Flask Microblog does not have, which are not imported."""
    return sorted(
        f"{table}.{column}" if table in EXPECTED else table
        for table, columns in source.columns.items()
        for column in (columns if table in EXPECTED else columns[:1])
        if column not in EXPECTED.get(table, ())
    )


def notify_renamed(state: Import) -> int:
    """Enqueue a mail to each user who was not notified of the new username yet; return how many."""
    waiting = state.users.exclude(unannounced_username="").order_by("pk")
    count = 0
    for rows in batched(list(waiting.values_list("pk", "user", "unannounced_username")), SLICE):
        with transaction.atomic():
            for _pk, user_id, username in rows:
                send_new_username.enqueue(user_id, username)
            ImportedUser.objects.filter(pk__in=[pk for pk, *_rest in rows]).update(unannounced_username="")
        count += len(rows)
    return count


def write_ids(state: Import, path: Path) -> int:
    """Write the rows whose id is another one here to a CSV file; return how many there are, and write none for 0."""
    rows = _changed_ids(state)
    first = next(rows, None)
    if first is None:
        return 0
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("kind", "id in the source", "id here"), first])
        return 1 + sum(bool(writer.writerow(row)) for row in rows)


def _changed_ids(state: Import) -> Iterator[tuple[str, int, int]]:
    users = ImportedUser.objects.filter(source=state).exclude(user_id=F("original_id"))
    for original_id, pk in users.order_by("original_id").values_list("original_id", "user").iterator():
        yield "user", original_id, pk
    posts = ImportedPost.objects.filter(source=state).order_by("original_id")
    for original_id, pk in posts.values_list("original_id", "post").iterator():
        yield "post", original_id, pk


def _find_import(source: Source) -> Import:
    """Return the state of the import of this source, unsaved if it is the first."""
    first_user = next(source.rows("user", ("id", "email")), (0, ""))
    first_post = next(source.rows("post", ("id", "timestamp", "user_id")), None)
    user_fact = f"{first_user[0]} {first_user[1]}"[:300]
    post_fact = f"{first_post[0]} {to_time(first_post[1])} {first_post[2]}" if first_post else ""
    same_user = Import.objects.filter(first_user=user_fact)
    state = same_user.filter(first_post__in={"", post_fact}).order_by("-first_post").first()
    if state is None:
        keeps_ids = not User.objects.exists() and not Post.objects.exists()
        return Import(first_user=user_fact, first_post=post_fact, keeps_ids=keeps_ids)
    state.first_post = post_fact
    return state


def _create_import(state: Import) -> Import:
    """Return the stored state, which another import may have created at this moment."""
    source = {"first_user": state.first_user, "first_post": state.first_post}
    return Import.objects.get_or_create(**source, defaults={"keeps_ids": state.keeps_ids})[0]


def _recount(run: Run, progress: Callable[[int, int], object]) -> None:
    """Repair the counters of all imported users."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # or the queries would be planned for empty tables
    done, ids = 0, sorted(pk for pk, _since in run.accounts.values())
    for some in batched(ids, SLICE):
        recount(some)
        _recount_unread(some)
        done += len(some)
        progress(done, len(ids))


@transaction.atomic
def _recount_unread(ids: list[int]) -> None:
    """Do what recount_unread() does, in one statement for users without blocks."""
    users = User.objects.filter(pk__in=ids)
    recount_unread(users.filter(has_blocks=True).values_list("pk", flat=True))
    lock_users(*ids)
    received = Participant.objects.filter(people_visible_to(AnonymousUser(), "other__"), user=OuterRef("pk"))
    unread = received.order_by().values("user").annotate(total=Sum("unread_count")).values("total")
    counted = Coalesce(Subquery(unread), 0)
    now = Value(time.time_ns() // 1000, output_field=BigIntegerField())
    users.filter(has_blocks=False).exclude(unread_message_count=counted).update(
        unread_message_count=counted,
        message_stamp=Greatest(now, F("message_stamp") + 1, F("notification_stamp") + 1),
    )
