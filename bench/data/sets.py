"""
The data that the site is measured on: three sizes of one distribution, the same from the same seed.

Both authorship and being followed fall with a power of the rank, and half of the people hold the same rank in both.
Ids of posts rise with time over two years. A few viewers are extreme: they follow no one, thousands, or inactive
users, or many users block them. One in 20 people blocks and mutes others.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice, product
from typing import Any, NamedTuple

from accounts.validators import fold_username
from microblog.core.performance.urls import cached_reverse
from posts.rendering import render_body

SEED = 20_240_229
START = datetime(2024, 10, 1, tzinfo=UTC)
PERIOD = timedelta(days=730)
# Posts written at the same microsecond as the one before.
TIES = 0.002
# How many people, evenly spread, write many messages: to 30 others, and to the first of these 31 times.
CORRESPONDENTS = 32
CONVERSATIONS, THREAD = 30, 31
# The part of the period after which inactive users stop writing.
SILENT_AFTER = 15 / 24


class Size(NamedTuple):
    """How much of everything there is, and how many people each one follows."""

    users: int
    posts: int
    followees: int
    # At least; those who write many may write more.
    messages: int = 0
    # Posts that reply to another, in addition to the others.
    replies: int = 0
    # How many posts each one likes.
    likes: int = 0
    # Reposts in addition to posts and replies, among which their ids are.
    reposts: int = 0


SIZES = {
    "s": Size(1_000, 20_000, 50, 2_000, 20_000, likes=100, reposts=10_000),
    "m": Size(10_000, 200_000, 100, 20_000, 200_000, likes=100, reposts=100_000),
    "l": Size(50_000, 2_000_000, 200, 200_000, 2_000_000, likes=200, reposts=1_000_000),
}
# How many posts are between a reply and its parent on average, and the part of replies that continue a thread.
DISTANCE = 200
CONTINUING = 0.1
# Where in the period posts are that everyone reposts, for how long, and the part of all reposts that these are then.
POPULAR, POPULAR_FOR, POPULAR_PART = (0.3, 0.6, 0.985), 0.02, 0.75

# Viewers by name, and how many people they follow, at most all others.
FOLLOWING = {f"follows_{count}": count for count in (0, 50, 200, 1_000, 5_000)}
# Viewers who follow only users who never wrote (3) or became inactive.
FOLLOWING_INACTIVE = {"follows_3_inactive": 3, "follows_50_inactive": 50, "follows_600_inactive": 600}
# A viewer who blocks many, is blocked by as many, and mutes some followees.
BLOCKING = {"follows_50_blocks_100": 50}
BLOCKED, MUTED = 100, 20
# How many each of the others blocks, and mutes, who does.
BLOCKED_BY_MANY = 5


class Network(NamedTuple):
    """Follows, authors, replies and reposts: users have the ids 1 to n, posts the places of their authors."""

    names: list[str]
    followees: list[array[int]]
    authors: array[int]
    # The id of each post's parent, and of the user that it answers, or 0.
    parents: array[int]
    addressees: array[int]
    # The id of the post that each one reposts, or 0.
    reposted: array[int]


def viewers_of(size: Size) -> dict[str, int]:
    """Return the named viewers that a set has room for, and how many people each follows."""
    following = {name: min(count, size.users - 1) for name, count in FOLLOWING.items() if count <= size.users}
    inactive = {name: count for name, count in FOLLOWING_INACTIVE.items() if count * 10 <= size.users}
    blocking = {name: count for name, count in BLOCKING.items() if size.users >= 4 * BLOCKED}
    return following | inactive | blocking


def generate(size: Size) -> Network:
    """Draw follows and the author of each post."""
    dice = random.Random(SEED)
    ids = range(1, size.users + 1)
    authorship = dice.sample(ids, size.users)
    popularity = list(authorship)
    loose = dice.sample(range(size.users), size.users // 2)
    for place, person in zip(loose, dice.sample([popularity[place] for place in loose], len(loose)), strict=True):
        popularity[place] = person

    viewers = viewers_of(size)
    # The named viewers have the last ids; inactive users are among the others.
    special = dict(zip(reversed(ids), viewers, strict=False))
    most_inactive = max(viewers[name] for name in FOLLOWING_INACTIVE if name in viewers)
    inactive = dice.sample(range(1, size.users + 1 - len(special)), 3 + most_inactive)
    never_wrote, became_inactive = set(inactive[:3]), set(inactive[3:])

    weights = list(accumulate((rank + 20) ** -0.8 for rank in range(size.users)))
    followees = []
    for person in ids:
        name = special.get(person, "")
        if name in FOLLOWING_INACTIVE:
            chosen: Iterable[int] = inactive[:3] if viewers[name] == 3 else inactive[3 : 3 + viewers[name]]
        elif viewers.get(name) == size.users - 1:
            chosen = set(ids) - {person}
        else:
            chosen = _draw(dice, popularity, weights, viewers.get(name, size.followees), leave_out=person)
        followees.append(array("i", sorted(chosen)))

    weights = list(accumulate((rank + 20) ** -0.9 for rank in range(size.users)))
    authors = array("i")
    count = size.posts + size.replies + size.reposts
    quiet_from = count * SILENT_AFTER
    while len(authors) < count:
        gone = never_wrote | became_inactive if len(authors) >= quiet_from else never_wrote
        drawn = dice.choices(authorship, cum_weights=weights, k=min(1_000, count - len(authors)))
        authors.extend(author for author in drawn if author not in gone)

    syllables = ["".join(letters) for letters in product("bdfglmnrst", "aeiou")]
    names = [f"{dice.choice(syllables)}{dice.choice(syllables)}{dice.choice('nrst')}_{person}" for person in ids]
    for person, name in special.items():
        names[person - 1] = name
    return Network(names, followees, authors, *_draw_references(size, authors))


def _draw_references(size: Size, authors: array[int]) -> tuple[array[int], array[int], array[int]]:
    """Draw the parent of each reply and the user that it answers, and the post of each repost, mostly recent posts."""
    dice = random.Random(SEED)
    # Each post starts a thread, but for these; the first one has none to refer to.
    chosen = dice.sample(range(1, len(authors)), size.replies + size.reposts)
    replies, reposts = bytearray(len(authors)), bytearray(len(authors))
    for place in chosen[: size.replies]:
        replies[place] = 1
    for place in chosen[size.replies :]:
        reposts[place] = 1
    parents, addressees, reposted = (array("i", bytes(4 * len(authors))) for _ in range(3))
    latest: dict[int, int] = {}
    pairs: set[tuple[int, int]] = set()
    for place, author in enumerate(authors):
        if reposts[place]:
            post = _draw_reposted(dice, place, reposted)
            while reposted[post] or (author, post) in pairs:
                post -= 1
            if post >= 0:
                reposted[place] = post + 1
                pairs.add((author, post))
                continue
        if replies[place]:
            parent = max(0, place - 1 - int(dice.expovariate(1 / DISTANCE)))
            if reposted[parent]:
                parent = reposted[parent] - 1
            if dice.random() < CONTINUING:
                parent = latest.get(author, parent)
            parents[place] = parent + 1
            addressees[place] = addressees[parent] if authors[parent] == author else authors[parent]
        latest[author] = place
    return parents, addressees, reposted


def _draw_reposted(dice: random.Random, place: int, reposted: array[int]) -> int:
    """Draw a recent post, or the post of a recent repost; for some time after a popular post, mostly that."""
    post = max(0, place - 1 - int(dice.expovariate(1 / DISTANCE)))
    for part in POPULAR:
        start = int(part * len(reposted))
        if start < place <= start + POPULAR_FOR * len(reposted) and dice.random() < POPULAR_PART:
            post = start
    return reposted[post] - 1 if reposted[post] else post


def draw_apart(size: Size, network: Network) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Draw blocks, never between follower and followee, and mutes. The other named viewers stay out of it."""
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


def correspondents_of(size: Size) -> list[int]:
    """Return the people who write many messages: some evenly spread, and the named viewers."""
    step = size.users // CORRESPONDENTS
    spread = range(step // 2, size.users, step)[:CORRESPONDENTS]
    return sorted({*spread, *range(size.users + 1 - len(viewers_of(size)), size.users + 1)})


def draw_messages(size: Size) -> tuple[dict[int, list[int]], list[tuple[int, int]]]:
    """Return the correspondents of those who write many messages, and (sender, recipient) of all in their order."""
    dice = random.Random(SEED)
    others = {person: dice.sample([*range(1, person), *range(person + 1, size.users + 1)], CONVERSATIONS)
              for person in correspondents_of(size)}  # fmt: skip
    pairs = [(person, found[0]) for person, found in others.items() for _ in range(THREAD)]
    pairs += [(person, other) for person, found in others.items() for other in found[1:]]
    while len(pairs) < size.messages:
        one, other = dice.sample(range(1, size.users + 1), 2)
        pairs.append((one, other))
    dice.shuffle(pairs)
    return others, pairs


def draw_likes(size: Size, network: Network) -> Iterator[tuple[int, int]]:
    """Yield (user, post) of all likes, more of newer posts, always the same ones."""
    dice, count = random.Random(SEED), len(network.authors)
    for person in range(1, size.users + 1):
        liked: dict[int, None] = {}
        while len(liked) < min(size.likes, count - size.reposts):
            post = count - int(count * dice.random() ** 2)
            if not network.reposted[post - 1]:
                liked[post] = None
        yield from ((person, post) for post in liked)


def write_posts(network: Network) -> Iterator[tuple[Any, ...]]:
    """Write 3 to 21 words a post, and none of a repost; one in 20 mentions a user, another has a link."""
    dice = random.Random(SEED)
    syllables = ["".join(letters) for letters in product("bcdfghklmnprstvw", "aeiou")]
    vocabulary = ["".join(dice.choices(syllables, k=dice.randint(1, 3))) for _ in range(2_000)]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    step = PERIOD / len(network.authors)
    created_at = START
    for pk, author in enumerate(network.authors, 1):
        if dice.random() >= TIES:
            created_at = START + step * (pk - dice.random())
        if reposted := network.reposted[pk - 1]:
            yield pk, author, created_at.isoformat(), "", "", None, None, reposted, created_at.date().isoformat()
            continue
        words = dice.choices(vocabulary, cum_weights=weights, k=dice.randint(3, 21))
        extra = dice.random()
        mention_urls = {}
        if extra < 0.05:
            name = dice.choice(network.names)
            words[0] = f"@{name}"
            mention_urls = {fold_username(name): cached_reverse("posts:profile", name)}
        elif extra < 0.1:
            words[-1] = f"https://example.com/{words[0]}"
        body = " ".join(words)
        # What renders to itself is not rendered: that would be half of the time.
        body_html = render_body(body, mention_urls=mention_urls) if extra < 0.1 else body
        parent, addressee = network.parents[pk - 1] or None, network.addressees[pk - 1] or None
        yield pk, author, created_at.isoformat(), body, body_html, parent, addressee, None, None
