"""
The data that the site is measured on: three sizes of one distribution, the same from the same seed.

Both authorship and being followed fall with a power of the rank, and half of the people hold the same rank in both.
Ids of posts rise with time over two years. A few viewers are made to hurt: they follow nobody, thousands, or people
who fell silent, or many people block them. One in 20 people blocks and mutes others.
"""

from __future__ import annotations

import random
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import accumulate, chain, islice, product
from typing import Any, NamedTuple

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

from accounts.models import Block, Follow, Mute, User, Username
from accounts.validators import fold_username
from messaging.models import Conversation, Message, Notification, Participant
from microblog.core.addresses import address
from posts.models import Post
from posts.rendering import RENDERER_VERSION, render_body
from search.documents import PersonDocument, PostDocument, Searchable
from search.engines.database import stored

SEED = 20_240_229
START = datetime(2024, 10, 1, tzinfo=UTC)
PERIOD = timedelta(days=730)
# Posts written at the same microsecond as the one before.
TIES = 0.002
# How many people, evenly spread, write many messages: to 30 others, and to the first of these 31 times.
CORRESPONDENTS = 32
CONVERSATIONS, THREAD = 30, 31
# The part of the period after which those who fall silent write no more.
SILENT_AFTER = 15 / 24


class Size(NamedTuple):
    """How much of everything there is, and how many people each one follows."""

    users: int
    posts: int
    followees: int
    # At least; those who write many may write more.
    messages: int = 0


SIZES = {
    "s": Size(1_000, 20_000, 50, 2_000),
    "m": Size(10_000, 200_000, 100, 20_000),
    "l": Size(50_000, 2_000_000, 200, 200_000),
}

# Viewers by name, and how many people they follow, at most all others.
FOLLOWING = {f"follows_{count}": count for count in (0, 50, 200, 1_000, 5_000)}
# Viewers who follow nobody but people who never wrote (3), or who fell silent.
FOLLOWING_SILENT = {"follows_3_silent": 3, "follows_50_silent": 50, "follows_600_silent": 600}
# A viewer who blocks many, whom as many block, and who mutes some of those they follow.
BLOCKING = {"follows_50_blocks_100": 50}
BLOCKED, MUTED = 100, 20
# How many each of the others blocks, and mutes, who does.
BLOCKED_BY_MANY = 5


class Network(NamedTuple):
    """Who follows whom and who wrote what: users have the ids 1 to n, posts the places of their authors."""

    names: list[str]
    followees: list[array[int]]
    authors: array[int]


def viewers_of(size: Size) -> dict[str, int]:
    """Return the named viewers that a set has room for, and how many people each follows."""
    following = {name: min(count, size.users - 1) for name, count in FOLLOWING.items() if count <= size.users}
    silent = {name: count for name, count in FOLLOWING_SILENT.items() if count * 10 <= size.users}
    blocking = {name: count for name, count in BLOCKING.items() if size.users >= 4 * BLOCKED}
    return following | silent | blocking


def generate(size: Size) -> Network:
    """Draw who follows whom and who wrote each post."""
    dice = random.Random(SEED)
    ids = range(1, size.users + 1)
    authorship = dice.sample(ids, size.users)
    popularity = list(authorship)
    loose = dice.sample(range(size.users), size.users // 2)
    for place, person in zip(loose, dice.sample([popularity[place] for place in loose], len(loose)), strict=True):
        popularity[place] = person

    viewers = viewers_of(size)
    # The named viewers have the last ids; those who fall silent are among the others.
    special = dict(zip(reversed(ids), viewers, strict=False))
    most_silent = max(viewers[name] for name in FOLLOWING_SILENT if name in viewers)
    silent = dice.sample(range(1, size.users + 1 - len(special)), 3 + most_silent)
    never_wrote, fell_silent = set(silent[:3]), set(silent[3:])

    weights = list(accumulate((rank + 20) ** -0.8 for rank in range(size.users)))
    followees = []
    for person in ids:
        name = special.get(person, "")
        if name in FOLLOWING_SILENT:
            chosen: Iterable[int] = silent[:3] if viewers[name] == 3 else silent[3 : 3 + viewers[name]]
        elif viewers.get(name) == size.users - 1:
            chosen = set(ids) - {person}
        else:
            chosen = _draw(dice, popularity, weights, viewers.get(name, size.followees), leave_out=person)
        followees.append(array("i", sorted(chosen)))

    weights = list(accumulate((rank + 20) ** -0.9 for rank in range(size.users)))
    authors = array("i")
    quiet_from = size.posts * SILENT_AFTER
    while len(authors) < size.posts:
        gone = never_wrote | fell_silent if len(authors) >= quiet_from else never_wrote
        drawn = dice.choices(authorship, cum_weights=weights, k=min(1_000, size.posts - len(authors)))
        authors.extend(author for author in drawn if author not in gone)

    syllables = ["".join(letters) for letters in product("bdfglmnrst", "aeiou")]
    names = [f"{dice.choice(syllables)}{dice.choice(syllables)}{dice.choice('nrst')}_{person}" for person in ids]
    for person, name in special.items():
        names[person - 1] = name
    return Network(names, followees, authors)


def draw_apart(size: Size, network: Network) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Draw who blocks whom, never over a follow, and who mutes whom. The other named viewers stay out of it."""
    dice = random.Random(SEED)
    viewers = viewers_of(size)
    ordinary = range(1, size.users + 1 - len(viewers))
    blocks, mutes = set(), set()
    for person in dice.sample(ordinary, size.users // 20):
        blocks.update((person, other) for other in dice.sample(ordinary, BLOCKED_BY_MANY))
        mutes.update((person, other) for other in dice.sample(ordinary, BLOCKED_BY_MANY))
    for name in viewers.keys() & BLOCKING:
        person = network.names.index(name) + 1
        others = dice.sample(ordinary, 2 * BLOCKED)
        blocks.update((person, other) for other in others[:BLOCKED])
        blocks.update((other, person) for other in others[BLOCKED:])
        mutes.update((person, other) for other in network.followees[person - 1][:MUTED])

    def follows(one: int, other: int) -> bool:
        return other in network.followees[one - 1]

    apart = {(one, other) for one, other in blocks if one != other and not follows(one, other) | follows(other, one)}
    return apart, {(one, other) for one, other in mutes if one != other}


def _draw(
    dice: random.Random, population: Sequence[int], weights: Sequence[float], count: int, *, leave_out: int
) -> set[int]:
    drawn: dict[int, None] = {}
    while len(drawn) < count:
        drawn.update(dict.fromkeys(dice.choices(population, cum_weights=weights, k=count)))
        drawn.pop(leave_out, None)
    return set(islice(drawn, count))


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
    _copy(
        Post,
        ("id", "author_id", "created_at", "body", "body_html"),
        write_posts(network),
        renderer_version=RENDERER_VERSION,
        language="en",
    )
    _index(PersonDocument)
    _index(PostDocument)
    _write_messages(size)
    models = [User, Follow, Block, Mute, Post, Conversation, Message, Participant, Notification]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _write_people(network: Network, blocks: set[tuple[int, int]], mutes: set[tuple[int, int]]) -> None:
    """Write accounts with the counters and flags that follow from the network, and their names."""
    posts, followers = Counter(network.authors), Counter(chain.from_iterable(network.followees))
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


def correspondents_of(size: Size) -> list[int]:
    """Return the people who write many messages: some evenly spread, and the named viewers."""
    step = size.users // CORRESPONDENTS
    spread = range(step // 2, size.users, step)[:CORRESPONDENTS]
    return sorted({*spread, *range(size.users + 1 - len(viewers_of(size)), size.users + 1)})


def _write_messages(size: Size) -> None:
    """Write conversations, all of them read, and to those who write many as many notifications."""
    dice = random.Random(SEED)
    writers = correspondents_of(size)
    others = {person: dice.sample([*range(1, person), *range(person + 1, size.users + 1)], CONVERSATIONS)
              for person in writers}  # fmt: skip
    pairs = [(person, found[0]) for person, found in others.items() for _ in range(THREAD)]
    pairs += [(person, other) for person, found in others.items() for other in found[1:]]
    while len(pairs) < size.messages:
        one, other = dice.sample(range(1, size.users + 1), 2)
        pairs.append((one, other))
    dice.shuffle(pairs)

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
    told = [(person, other, other) for person, found in others.items() for other in found]
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
        _number(told),
        kind=Notification.Kind.MENTIONED.value,
        created_at=START,
        read_at=START,
    )
    stamp = int(START.timestamp()) * 1_000_000
    User.objects.filter(pk__in=writers).update(message_stamp=stamp, notification_stamp=stamp)


def write_posts(network: Network) -> Iterator[tuple[Any, ...]]:
    """Write 3 to 21 words a post; one in 20 mentions somebody, another has a link."""
    dice = random.Random(SEED)
    syllables = ["".join(letters) for letters in product("bcdfghklmnprstvw", "aeiou")]
    vocabulary = ["".join(dice.choices(syllables, k=dice.randint(1, 3))) for _ in range(2_000)]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    step = PERIOD / len(network.authors)
    created_at = START
    for pk, author in enumerate(network.authors, 1):
        if dice.random() >= TIES:
            created_at = START + step * (pk - dice.random())
        words = dice.choices(vocabulary, cum_weights=weights, k=dice.randint(3, 21))
        extra = dice.random()
        mention_urls = {}
        if extra < 0.05:
            name = dice.choice(network.names)
            words[0] = f"@{name}"
            mention_urls = {fold_username(name): address("posts:profile", name)}
        elif extra < 0.1:
            words[-1] = f"https://example.com/{words[0]}"
        body = " ".join(words)
        # What renders to itself is not rendered: that would be half of the time.
        body_html = render_body(body, mention_urls=mention_urls) if extra < 0.1 else body
        yield pk, author, created_at.isoformat(), body, body_html


def _index(document: type[Searchable]) -> None:
    """Make the entries of search, those of the database's own, and their index once they are there."""
    (index,) = document.entries._meta.indexes
    with connection.schema_editor() as editor:
        editor.remove_index(document.entries, index)
    rows = document.public().order_by("pk").iterator(10_000)
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
