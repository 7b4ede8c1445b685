import inspect
import json
import re
from copy import copy
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from accounts.security.models import SecurityEvent
from accounts.validators import fold_username
from bench.data.loading import load
from bench.data.sets import BLOCKING, Size
from blog.models import Entry, Tag
from blog.querysets import to_position
from exports.models import Export
from exports.services import expired_exports
from jobs.models import Job, Queue
from messaging.models import Conversation, Message, Notification, Participant
from microblog.core.pagination import LARGEST_ID, Cursor
from posts import reading
from posts.models import Bookmark, Like, Post
from posts.querysets import PostQuerySet
from posts.reactions.lists import bookmarked_posts, liked_posts, likers_of, reposters_of
from repositories.models import Issue, Repository, Watch

PAGE = settings.POSTS_PER_PAGE + 1
TOP, BEFORE, AFTER = Cursor(PAGE), Cursor(PAGE, before=60_000), Cursor(PAGE, after=20_000)
CURSORS = (TOP, BEFORE, AFTER)


def documented_queries():
    """Return the table of docs/queries.md: indexes and plan of each queryset method."""
    text = (settings.BASE_DIR / "docs" / "queries.md").read_text()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\| `.*", text, re.MULTILINE)
    ]
    return {
        verb.strip("`"): (set(re.findall(r"`(\w+)`", indexes)), plan) for verb, _page, indexes, _budget, plan in rows
    }


DOCUMENTED = documented_queries()
ON_SQLITE = {"PostQuerySet.home_by_author_list"}


VIEWERS = ("follows_50", *BLOCKING)


def homes(method, viewer, *args):
    """Return the querysets that a compiled method builds."""
    return [inspect.unwrap(method)(Post.objects.all(), viewer, *args, cursor) for cursor in CURSORS]


def queries(verb, viewer):
    """Return the querysets of a method as the pages build them, for a viewer with many rows of each kind."""
    person = User.objects.latest("follower_count")
    author = User.objects.latest("post_count")
    people = User.objects.visible_to(viewer).with_is_followed(viewer)
    profiles = people.with_hides_reposts(viewer).with_is_muted(viewer)
    answered = Post.objects.latest("reply_count")
    most_liked, most_reposted = Post.objects.latest("like_count"), Post.objects.latest("repost_count")
    facts = inspect.unwrap(reading._facts)
    own = Participant.objects.of(viewer)
    longest = own.alias(messages=Count("conversation__messages")).latest("messages")
    notifications = Notification.objects.of(viewer)
    entries = Entry.objects.visible_to(viewer)
    middle = to_position(Entry.objects.published().order_by("pk")[5_000].published_at)
    by_time = (TOP, Cursor(PAGE, before=middle), Cursor(PAGE, after=middle))
    repository = Repository.objects.get(name="project-0")
    message_cursors = (TOP, Cursor(PAGE, before=2_000), Cursor(PAGE, after=2_000))
    return {
        "PostQuerySet.home_by_merge": homes(PostQuerySet._merge_home, viewer),
        "PostQuerySet.home_by_scan": homes(Post.objects.home_by_scan, viewer),
        "PostQuerySet.home_by_author_list": homes(PostQuerySet._home_by_author_list, viewer),
        "PostQuerySet.explore_timeline": homes(Post.objects.explore_timeline, viewer),
        "PostQuerySet.own_timeline": homes(Post.objects.own_timeline, viewer, author.pk),
        "PostQuerySet.profile_timeline": homes(Post.objects.profile_timeline, viewer, author.pk),
        "PostQuerySet.replies_by_author": homes(
            Post.objects.replies_by_author, viewer, answered.pk, answered.author_id
        ),
        "PostQuerySet.other_replies": homes(
            Post.objects.other_replies, viewer, answered.pk, answered.author_id, LARGEST_ID
        ),
        "reading.prepare_posts": [facts(viewer, viewer.pk, [*range(30_000, 30_025)], [*range(1, 26)])],
        "lists.likers_of": [
            cursor.window(likers_of(most_liked, viewer).with_is_followed(viewer), key="like_id")
            for cursor in (TOP, Cursor(PAGE, before=90_000), Cursor(PAGE, after=10_000))
        ],
        "lists.reposters_of": [
            cursor.window(reposters_of(most_reposted, viewer).with_is_followed(viewer), key="repost_id")
            for cursor in CURSORS
        ],
        "lists.liked_posts": [cursor.window(liked_posts(viewer), key="reaction_id") for cursor in CURSORS],
        "lists.bookmarked_posts": [cursor.window(bookmarked_posts(viewer), key="reaction_id") for cursor in CURSORS],
        "UserQuerySet.by_username": [profiles.by_username(person.username)[:21]],
        "UserQuerySet.suggested_to": [User.objects.visible_to(viewer).suggested_to(viewer)[:3]],
        "UserQuerySet.followers_of": [TOP.window(people.followers_of(person))],
        "UserQuerySet.followed_by": [TOP.window(people.followed_by(viewer))],
        "User.security_events": [TOP.window(viewer.security_events.all())],
        "User.exports": [viewer.exports.order_by("-pk")[:10]],
        "services.expire_exports": [expired_exports().values_list("pk", flat=True)[:500]],
        "ParticipantQuerySet.for_list": [
            cursor.window(own.listed().for_list(), key="last_message_id") for cursor in message_cursors
        ],
        "ParticipantQuerySet.for_thread": [
            inspect.unwrap(Participant.objects.for_thread)(
                Participant.objects.all(), viewer, fold_username(longest.other.username), TOP
            )
        ],
        "MessageQuerySet.seen_by": [cursor.window(Message.objects.seen_by(longest)) for cursor in message_cursors],
        "NotificationQuerySet.for_list": [TOP.window(notifications.for_list())],
        "NotificationQuerySet.progress_of": [Notification.objects.progress_of(viewer)],
        "NotificationQuerySet.unread": [Notification.objects.filter(user=viewer).unread()],
        "EntryQuerySet.published": [
            entries.unmuted_by(viewer).published().for_list().window(cursor) for cursor in by_time
        ],
        "EntryQuerySet.by": [entries.by(author).published().for_list().window(cursor) for cursor in by_time],
        "EntryQuerySet.drafts": [TOP.window(Entry.objects.by(viewer).drafts().for_list())],
        "EntryQuerySet.tagged": [
            entries.unmuted_by(viewer).tagged(Tag.objects.get(slug=slug)).published().for_list().window(TOP)
            for slug in ("common", "rare")
        ],
        "EntryQuerySet.for_detail": [entries.for_detail().filter(slug="entry-7")[:21]],
        "EntryQuerySet.for_results": [
            entries.for_results().filter(
                published_at__in=[row.published_at for row in Entry.objects.published().order_by("pk")[:PAGE]]
            )
        ],
        "IssueQuerySet.window": [
            Issue.objects.of(repository).matching("7").labelled("bug").for_list().window(cursor)
            for cursor in (TOP, Cursor(PAGE, before=4_000), Cursor(PAGE, after=1_000))
        ],
        "IssueQuerySet.in_state": [
            Issue.objects.of(repository).in_state(state).for_list().window(TOP) for state in Issue.State
        ],
        "RepositoryQuerySet.named": [Repository.objects.with_is_watched(viewer).named("octocat", "PROJECT-7")[:21]],
        "RepositoryQuerySet.due": [Repository.objects.due()[:500]],
        "RepositoryQuerySet.limited_until": [
            Repository.objects.filter(limited_until__gt=timezone.now()).order_by("-limited_until")[:1]
        ],
        "JobQuerySet.due": [Job.objects.due(Queue.TASKS)[:1]],
    }[verb]


def write_messages(viewer, count=300):
    """Add `count` conversations, messages in one of them, and notifications to a user."""
    known = Participant.objects.filter(user=viewer).values("other")
    others = User.objects.filter(pk__lt=viewer.pk - 100).exclude(pk__in=known)[:count]
    talks = Conversation.objects.bulk_create(Conversation(low=other, high=viewer) for other in others)
    longest = Message(conversation=talks[0], sender=viewer, body="x")
    last = Message.objects.bulk_create(Message(conversation=talk, sender=viewer, body="x") for talk in talks)
    Message.objects.bulk_create(copy(longest) for _ in range(count))
    Participant.objects.bulk_create(
        Participant(conversation=talk, user=viewer, other_id=talk.low_id, last_message=message)
        for talk, message in zip(talks, last, strict=True)
    )
    kind = Notification.Kind.MENTIONED
    Notification.objects.bulk_create(
        Notification(user=viewer, kind=kind, key=f"more{n}", actor=other) for n, other in enumerate(others)
    )


def write_entries(authors, count=20_000):
    """Write entries by these users, one of ten a draft, half of them with a common tag and a few with a rare one."""
    now = timezone.now()
    entries = Entry.objects.bulk_create(
        Entry(
            author_id=authors[n % len(authors)],
            title=f"Entry {n}",
            slug=f"entry-{n}",
            body="x" * 800,
            body_html="x" * 800,
            renderer_version=1,
            status=Entry.Status.DRAFT if n % 10 == 0 else Entry.Status.PUBLIC,
            published_at=None if n % 10 == 0 else now - timedelta(minutes=count - n),
        )
        for n in range(count)
    )
    common, rare = Tag.objects.bulk_create(Tag(slug=slug) for slug in ("common", "rare"))
    Tag.objects.bulk_create(Tag(slug=f"tag-{n}") for n in range(2_000))
    tagged = Entry.tags.through
    tagged.objects.bulk_create(tagged(entry=entry, tag=common) for entry in entries[::2])
    tagged.objects.bulk_create(tagged(entry=entry, tag=rare) for entry in entries[:: count // 10])


def write_repositories(watchers, count=2_000):
    """Write repositories, the first of which has many issues, and watches of them."""
    now = timezone.now()
    repositories = Repository.objects.bulk_create(
        Repository(
            owner="octocat",
            name=f"project-{n}",
            next_fetch_at=now + timedelta(minutes=n - 5),
            limited_until=now if n % 10 else None,
        )
        for n in range(count)
    )
    Issue.objects.bulk_create(
        Issue(
            id=f"{which}-{n}",
            repository=repositories[which],
            number=n,
            title=f"Found a bug, number {n}",
            state=Issue.State.OPEN if n % 5 else Issue.State.CLOSED,
            opened_at=now,
            updated_at=now,
            search_text=f"found a bug, number {n}\nbug\n",
        )
        for which in range(50)
        for n in range(1, 200 if which else 10_000)
    )
    Watch.objects.bulk_create(
        Watch(user_id=watcher, repository=repository) for watcher in watchers for repository in repositories[::20]
    )


@pytest.fixture(scope="module")
def _network(django_db_setup, django_db_blocker):
    """Write enough rows that the planner prefers indexes."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            # In tables bloated by other tests the planner would choose another plan.
            cursor.execute("TRUNCATE accounts_user, jobs_job, repositories_repository RESTART IDENTITY CASCADE")
        load(Size(users=16_000, posts=40_000, followees=10, messages=40_000, replies=40_000, likes=10, reposts=20_000))
        people = User.objects.order_by("-pk")[:100]  # those that follow a given number are the newest
        kind = SecurityEvent.Kind.SIGN_IN
        SecurityEvent.objects.bulk_create(SecurityEvent(user=user, kind=kind) for _ in range(300) for user in people)
        for name in VIEWERS:
            write_messages(User.objects.get(username=name))
        viewers = User.objects.filter(username__in=VIEWERS).values_list("pk", flat=True)
        others = User.objects.order_by("-post_count").values_list("pk", flat=True)[:500]
        write_entries([*viewers, *others])
        write_repositories([*viewers, *others[:50]])
        for post in range(100, 40_000, 80):
            Like.objects.bulk_create([Like(user_id=pk, post_id=post) for pk in viewers], ignore_conflicts=True)
        reactions = Like.objects.order_by("pk").iterator()
        Bookmark.objects.bulk_create(Bookmark(user_id=like.user_id, post_id=like.post_id) for like in reactions)
        Job.objects.bulk_create(Job(task="none", queue=queue) for queue in Queue for _ in range(5_000))
        Export.objects.bulk_create(
            Export(user=user, state=Export.State.CANCELLED, expires_at=None if number else timezone.now())
            for number in range(100)
            for user in people
        )
        with connection.cursor() as cursor:
            # Every row is looked at: plans of a sample would differ from run to run.
            cursor.execute("SET LOCAL default_statistics_target = 1000")
            cursor.execute("ANALYZE")
        # Reconnect, or cached plans are those of empty tables.
        connection.check_constraints()
        yield
        transaction.set_rollback(True)


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def test_table_has_the_queries():
    text = (settings.BASE_DIR / "docs" / "queries.md").read_text()
    assert len(DOCUMENTED) == text.count("\n| `")


@pytest.mark.postgresql
@pytest.mark.usefixtures("_network")
@pytest.mark.django_db
@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("verb", sorted(DOCUMENTED.keys() - ON_SQLITE))
def test_plan_stays_on_the_indexes_named_for_it(verb, viewer):
    named, plan = DOCUMENTED[verb]
    for query in queries(verb, User.objects.get(username=viewer)):
        explained = list(nodes(json.loads(query.explain(format="json"))[0]["Plan"]))
        # The primary key has a second index for LIKE.
        used = {re.sub(r"_key_\w+_like$", "_pkey", node["Index Name"]) for node in explained if "Index Name" in node}
        kinds = {node["Node Type"] for node in explained}
        assert used
        assert used <= named, query.explain()
        assert "Seq Scan" not in kinds, query.explain()
        if "sorts" not in plan:
            assert not {"Sort", "Incremental Sort"} & kinds, query.explain()


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize("has_both", [False, True])
@pytest.mark.parametrize("verb", sorted(ON_SQLITE))
def test_plan_on_sqlite_stays_on_the_indexes_named_for_it(verb, has_both):
    viewer = User.objects.create_user("ana", "ana@example.com", has_blocks=has_both, has_mutes=has_both)
    named, plan = DOCUMENTED[verb]
    for query in homes(getattr(PostQuerySet, verb.replace("PostQuerySet.", "_")), viewer):
        explained = query.explain()
        # Indexes of constraints have generated names.
        used = set(re.findall(r"INDEX (?!sqlite_autoindex)(\w+)", explained))
        assert used
        assert used <= named, explained
        assert not re.search(r"SCAN (accounts|posts)_", explained), explained
        if "sorts" not in plan:
            assert "ORDER BY" not in explained, explained
