"""Load a set into an empty PostgreSQL database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain, islice
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

from accounts.models import User, Username
from accounts.validators import fold_username
from bench.data.sets import (
    PERIOD,
    START,
    Network,
    Size,
    draw_apart,
    draw_likes,
    draw_messages,
    generate,
    write_posts,
)
from messaging.models import Conversation, Message, Notification, Participant
from posts.models import Like, Post
from posts.rendering import RENDERER_VERSION
from relationships.models import Block, Follow, Mute
from search.documents import PersonDocument, PostDocument, Searchable
from search.engines.database import stored


def load(size: Size) -> None:
    """Fill an empty PostgreSQL database."""
    network = generate(size)
    blocks, mutes = draw_apart(size, network)
    _write_people(network, blocks, mutes)
    follows = ((follower, person) for follower, followees in enumerate(network.followees, 1) for person in followees)
    for model, columns, pairs in [
        (Follow, ("follower_id", "followed_id"), follows),
        (Block, ("blocker_id", "blocked_id"), sorted(blocks)),
        (Mute, ("muter_id", "muted_id"), sorted(mutes)),
    ]:
        _copy(model, ("id", *columns), _number(pairs), created_at=START)
    likes = Counter(post for _user, post in draw_likes(size, network))
    _copy(
        Post,
        (
            "id",
            "author_id",
            "created_at",
            "body",
            "body_html",
            "reply_to_id",
            "addressee_id",
            "repost_of_id",
            "reposted_on",
            "reply_count",
            "repost_count",
            "like_count",
        ),
        ((*post, likes[post[0]]) for post in _count(network)),
        renderer_version=RENDERER_VERSION,
        language="en",
    )
    _copy(Like, ("id", "user_id", "post_id"), _number(draw_likes(size, network)), created_at=START)
    _index(PersonDocument)
    _index(PostDocument)
    _write_messages(size)
    models = [User, Follow, Block, Mute, Post, Like, Conversation, Message, Participant, Notification]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _count(network: Network) -> Iterator[tuple[Any, ...]]:
    """Add to each post how many replies and reposts it has, and write NULL as COPY does."""
    replies, reposts = Counter(network.parents), Counter(network.reposted)
    for pk, *values in write_posts(network):
        yield pk, *("\\N" if value is None else value for value in values), replies[pk], reposts[pk]


def _write_people(network: Network, blocks: set[tuple[int, int]], mutes: set[tuple[int, int]]) -> None:
    """Write accounts with the counters and flags that follow from the network, and their names."""
    written = zip(network.authors, network.reposted, strict=True)
    posts = Counter(author for author, reposted in written if not reposted)
    followers = Counter(chain.from_iterable(network.followees))
    in_blocks, muting = set(chain.from_iterable(blocks)), {muter for muter, _muted in mutes}
    counters = ("post_count", "follower_count", "following_count")
    _copy(
        User,
        ("id", "username", "email", *counters, "has_blocks", "has_mutes"),
        (
            (pk, name, f"{name}@example.com", posts[pk], followers[pk], len(followees), pk in in_blocks, pk in muting)
            for pk, (name, followees) in enumerate(zip(network.names, network.followees, strict=True), 1)
        ),
        password=f"{UNUSABLE_PASSWORD_PREFIX}bench",
        about_me="Made to be measured, and quite content with that.",
        created_at=START,
        last_seen=START + PERIOD,
    )
    keys = [(fold_username(name), person) for person, name in enumerate(network.names, 1)]
    _copy(Username, ("key", "user_id"), keys, created_at=START)


def _write_messages(size: Size) -> None:
    """Write conversations, all of them read, and to those who write many as many notifications."""
    others, pairs = draw_messages(size)
    conversations: dict[tuple[int, int], int] = {}
    latest: dict[tuple[int, int], int] = {}
    messages = []
    step = PERIOD / len(pairs)
    for pk, pair in enumerate(pairs, 1):
        low_high = (min(pair), max(pair))
        latest[low_high] = pk
        conversation = conversations.setdefault(low_high, len(conversations) + 1)
        messages.append((pk, conversation, pair[0], (START + step * pk).isoformat()))
    ends = [(pk, *pair, latest[pair]) for pair, pk in conversations.items()]
    ends += [(pk, high, low, message) for pk, low, high, message in ends]
    notifications = [(person, other, other) for person, found in others.items() for other in found]
    _copy(Conversation, ("id", "low_id", "high_id"), [(pk, *pair) for pair, pk in conversations.items()])
    _copy(
        Message,
        ("id", "conversation_id", "sender_id", "sent_at"),
        messages,
        body="Between the two of us, this is being measured.",
    )
    _copy(
        Participant,
        ("id", "conversation_id", "user_id", "other_id", "last_message_id"),
        _number(ends),
    )
    _copy(
        Notification,
        ("id", "user_id", "key", "actor_id"),
        _number(notifications),
        kind=Notification.Kind.MENTIONED.value,
        created_at=START,
        read_at=START,
    )
    stamp = int(START.timestamp()) * 1_000_000
    User.objects.filter(pk__in=others).update(message_stamp=stamp, notification_stamp=stamp)


def _index(document: type[Searchable]) -> None:
    """Make the entries of search, those of the database's own, and their index once they are there."""
    (index,) = document.entries._meta.indexes
    with connection.schema_editor() as editor:
        editor.remove_index(document.entries, index)
    (model,) = document.models
    rows = document.public(model).order_by("pk").iterator(10_000)
    entries = ((row.pk, stored(document.of(row))) for row in rows)
    _copy(document.entries, ("rowid", "tokens"), entries)
    with connection.schema_editor() as editor:
        editor.add_index(document.entries, index)


def _number(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Put an id before each row."""
    return ((pk, *row) for pk, row in enumerate(rows, 1))


def _copy(model: type[Model], names: Sequence[str], rows: Iterable[tuple[Any, ...]], **constants: Any) -> None:
    """
    Write rows of a model by COPY; columns that are neither named nor constant get their field's default.

    The texts have no tab, line break, backslash or per cent sign.
    """
    fields = [field for field in model._meta.concrete_fields if field.attname not in names]
    values = [constants.get(field.attname, field.get_default()) for field in fields]
    fixed = ["\\N" if value is None else str(value) for value in values]
    line = "\t".join(["%s"] * len(names) + fixed) + "\n"
    by_attname = {field.attname: field.column for field in model._meta.concrete_fields}
    columns = ", ".join(f'"{column}"' for column in [*map(by_attname.get, names), *(field.column for field in fields)])
    rows = iter(rows)
    with connection.cursor() as cursor:
        while batch := [line % row for row in islice(rows, 100_000)]:
            cursor.copy_expert(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN', StringIO("".join(batch)))
