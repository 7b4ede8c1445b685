"""Compose a realistic community from demo_content.toml: people, posts, follows and messages."""

import itertools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from posts.rendering import find_mentions

CONTENT = Path(__file__).with_suffix(".toml")
# All demo users, and no others, have email addresses in this domain.
EMAIL_DOMAIN = "@demo.example.org"
# The posts are spread over this time up to now, most of them recent.
PERIOD = timedelta(weeks=6)
LATEST = timedelta(minutes=3)
# The newest posts, which people like, and most likes of one.
LIKED, MOST_LIKES = 60, 12
# How often to retry a phrase that was used already.
MAX_TRIES = 50


@dataclass(frozen=True)
class Person:
    """A user to register; `age` is how long ago they joined."""

    username: str
    email: str
    about_me: str
    languages: list[str]
    age: timedelta
    is_staff: bool = False


@dataclass(frozen=True)
class DemoPost:
    """
    A post to publish; `author` is the index of a person, `age` is how long ago it was written.

    `reply_to` is the number of the post that it replies to, which may be none of the community's.
    """

    author: int
    body: str
    age: timedelta
    number: int
    reply_to: int | None


@dataclass(frozen=True)
class DemoMessage:
    """A private message; people are indexes, `age` is how long ago it was sent."""

    sender: int
    recipient: int
    body: str
    age: timedelta
    is_read: bool


@dataclass(frozen=True)
class Community:
    """
    People, posts from the oldest to the newest, follows as pairs of indexes (follower, followed), and messages.

    Likes are pairs of the index of a person and the number of a post, bookmarks and reposts are among them.
    """

    people: list[Person]
    posts: list[DemoPost]
    follows: list[tuple[int, int]]
    messages: list[DemoMessage]
    likes: list[tuple[int, int]]


def compose(*, users: int, posts: int, seed: int) -> Community:
    """Return a community with these numbers of people and posts; the same arguments return the same community."""
    random = Random(seed)  # noqa: S311 - makes no secrets
    content = tomllib.loads(CONTENT.read_text(encoding="utf-8"))
    written = content["people"][:users]
    people = [
        Person(
            who["username"],
            who["key"] + EMAIL_DOMAIN,
            who["about_me"],
            who["languages"],
            _joined(random),
            who.get("is_staff", False),
        )
        for who in written
    ]
    people += itertools.islice(_joiners(content, random), users - len(people))
    conversations = list(_conversations(content, written))
    drafts: list[DemoPost] = []
    for conversation in conversations + [[(i, body)] for i, who in enumerate(written) for body in who["posts"]]:
        drafts += _date(conversation, random, first=len(drafts))
    phrases = _phrases(content["phrases"], people, random)
    while len(drafts) < posts:
        drafts += _date([next(phrases)], random, first=len(drafts))
    drafts.sort(key=lambda draft: draft.age, reverse=True)
    follows = _follows(len(people), conversations, random)
    kept = drafts[len(drafts) - posts :]
    letters = list(_letters(content, written))
    return Community(people, kept, follows, letters, list(_likes(len(people), kept, random)))


def _likes(people: int, drafts: list[DemoPost], random: Random) -> Iterator[tuple[int, int]]:
    """Yield likes of the newest posts, few of most and many of some."""
    for draft in drafts[-LIKED:]:
        count = int(min(people, MOST_LIKES) * random.random() ** 3)
        yield from ((person, draft.number) for person in random.sample(range(people), count) if person != draft.author)


def _joined(random: Random) -> timedelta:
    return PERIOD + timedelta(minutes=random.randrange(24 * 60, 300 * 24 * 60))


def _joiners(content: dict[str, Any], random: Random) -> Iterator[Person]:
    """Yield people endlessly, each with a unique name."""
    joiners = content["joiners"]
    names = ["".join(parts) for parts in itertools.product(joiners["first"], joiners["join"], joiners["hobby"])]
    random.shuffle(names)
    for number in itertools.count(1):
        for name in names:
            username = name if number == 1 else f"{name}{number}"
            about_me = random.choice(joiners["about_me"]).format(town=random.choice(joiners["town"]))
            languages = ["en", random.choice(["en", *content["phrases"]])]
            yield Person(username, username + EMAIL_DOMAIN, about_me, languages, _joined(random))


def _conversations(content: dict[str, Any], written: list[dict[str, Any]]) -> Iterator[list[tuple[int, str]]]:
    """Yield the conversations of which all authors and mentioned people are part of the community."""
    indexes = {who["key"]: i for i, who in enumerate(written)}
    absent = {who["username"] for who in content["people"][len(written) :]}
    for thread in content["threads"]:
        mentioned = set().union(*(find_mentions(body) for _key, body in thread["posts"]))
        if not mentioned & absent and all(key in indexes for key, _body in thread["posts"]):
            yield [(indexes[key], body) for key, body in thread["posts"]]


def _letters(content: dict[str, Any], written: list[dict[str, Any]]) -> Iterator[DemoMessage]:
    """Yield the private messages between people of the community, the oldest first; the last of some is unread."""
    indexes = {who["key"]: i for i, who in enumerate(written)}
    letters = []
    for talk in content["talks"]:
        if not all(key in indexes for key in talk["between"]):
            continue
        one, other = (indexes[key] for key in talk["between"])
        count = len(talk["messages"])
        for n, body in enumerate(talk["messages"]):
            pair = (one, other) if n % 2 == 0 else (other, one)
            age = timedelta(minutes=talk["minutes_ago"] + 7 * (count - n - 1))
            letters.append(DemoMessage(*pair, body, age, is_read=n < count - 1 or talk["minutes_ago"] > 600))
    yield from sorted(letters, key=lambda letter: letter.age, reverse=True)


def _date(conversation: list[tuple[int, str]], random: Random, *, first: int) -> list[DemoPost]:
    """Return the posts of a conversation, each a reply to the one before, numbered, at a random time of PERIOD."""
    waits = [timedelta(seconds=random.randrange(90, 90 * 60)) for _ in conversation]
    age = LATEST + sum(waits, timedelta()) + PERIOD * random.random() ** 2
    drafts = []
    for number, ((author, body), wait) in enumerate(zip(conversation, waits, strict=True), first):
        drafts.append(DemoPost(author, body, age, number, number - 1 if number > first else None))
        age -= wait
    return drafts


def _phrases(phrases: dict[str, Any], people: list[Person], random: Random) -> Iterator[tuple[int, str]]:
    """Yield (author, body) endlessly from phrases in the languages of the authors, with few repetitions."""
    speakers = {
        language: [i for i, person in enumerate(people) if language in person.languages] for language in phrases
    }
    used = set()
    tries = 0
    while True:
        author = random.randrange(len(people))
        language = random.choice(people[author].languages)
        text = random.choice(phrases[language]["texts"])
        words = {name: random.choice(words) for name, words in phrases[language].items()}
        other = random.choice(speakers[language] if len(speakers[language]) > 1 else range(len(people)))
        if other == author and "{person}" in text:
            continue
        body = text.format_map({**words, "person": people[other].username})
        tries += 1
        if body not in used or tries > MAX_TRIES:
            used.add(body)
            tries = 0
            yield author, body


def _follows(people: int, conversations: list[list[tuple[int, str]]], random: Random) -> list[tuple[int, int]]:
    """Return follows between people in the same conversations, and some others, mostly from the top of the list."""
    follows = [pair for conversation in conversations for pair in itertools.permutations(dict(conversation), 2)]
    popularity = list(itertools.accumulate(1 / (i + 4) for i in range(people)))
    for follower in range(people):
        followed = random.choices(range(people), cum_weights=popularity, k=random.randrange(4, 14))
        follows += [(follower, i) for i in followed if i != follower]
    return list(dict.fromkeys(follows))
