import inspect
from collections import namedtuple
from contextlib import contextmanager
from datetime import date
from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.tests.factories import UserFactory
from microblog.core.pagination import Cursor, paginate
from posts.models import Post
from posts.querysets import ATTEMPTS, MAX_SCANNED_IDS, MERGED_FOLLOWEES, PostQuerySet
from posts.services import delete_post
from posts.tests.factories import PostFactory
from posts.threads.services import addressee_of
from relationships.models import Block, Follow, Mute
from relationships.services import follow_user, mute_user

pytestmark = pytest.mark.django_db

STATES = (None, None, None, "suspended_at", "deactivated_at")
Dataset = namedtuple("Dataset", "people follows blocks mutes posts replies deleted reposts hiding")
# The distance between the ids of two posts, with room for reposts.
GAP = 100


@contextmanager
def rolled_back():
    """Run the block in a transaction that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@st.composite
def datasets(draw):
    """Draw users with states, follows, blocks and mutes, posts that may be hidden, replies, reposts, deletions."""
    count = draw(st.integers(1, 6))
    person = st.integers(0, count - 1)
    pair = st.tuples(person, person).filter(lambda pair: pair[0] != pair[1])
    return Dataset(
        people=[draw(st.sampled_from(STATES)) for _ in range(count)],
        follows=draw(st.sets(pair, max_size=20)),
        # Blocks end follows, but visibility must not depend on that.
        blocks=draw(st.sets(pair, max_size=3)),
        mutes=draw(st.sets(pair, max_size=3)),
        posts=draw(st.lists(st.tuples(person, st.booleans()), max_size=30)),
        # How many posts before it each post's parent is, if it has one.
        replies=draw(st.lists(st.integers(0, 4), min_size=30, max_size=30)),
        deleted=draw(st.sets(st.integers(0, 29), max_size=3)),
        # By a person of a post, with the post below it, its day, and whether it is undone.
        reposts=draw(
            st.dictionaries(
                st.tuples(person, st.integers(0, 29)),
                st.tuples(st.integers(0, 30), st.integers(1, 2), st.sampled_from([False, False, True])),
                max_size=20,
            )
        ),
        # Numbers of follows whose follower hides reposts.
        hiding=draw(st.sets(st.integers(0, 19), max_size=3)),
    )


def build(dataset):
    """Write a data set in a few bulk statements; the services have their own tests."""
    now = timezone.now()
    blocking, muting = {n for pair in dataset.blocks for n in pair}, {muter for muter, _muted in dataset.mutes}
    people = User.objects.bulk_create(
        User(
            username=f"p{n}",
            email=f"p{n}@example.com",
            has_blocks=n in blocking,
            has_mutes=n in muting,
            **({state: now} if state else {}),
        )
        for n, state in enumerate(dataset.people)
    )
    Follow.objects.bulk_create(
        Follow(follower=people[a], followed=people[b], hides_reposts=number in dataset.hiding)
        for number, (a, b) in enumerate(sorted(dataset.follows))
    )
    Block.objects.bulk_create(Block(blocker=people[a], blocked=people[b]) for a, b in dataset.blocks)
    Mute.objects.bulk_create(Mute(muter=people[a], muted=people[b]) for a, b in dataset.mutes)
    posts = Post.objects.bulk_create(
        Post(
            pk=GAP * (place + 1),
            author=people[n],
            body="x",
            body_html="x",
            renderer_version=1,
            hidden_at=now if hidden else None,
        )
        for place, (n, hidden) in enumerate(dataset.posts)
    )
    for place, (post, distance) in enumerate(zip(posts, dataset.replies, strict=False)):
        if 0 < distance <= place:
            post.reply_to = posts[place - distance]
            post.addressee_id = addressee_of(post.author, post.reply_to)
    Post.objects.bulk_update(posts, ["reply_to", "addressee"])
    Post.objects.bulk_create(
        Post(
            pk=GAP * place + number + 1,
            author=people[n],
            repost_of=posts[reposted],
            reposted_on=date(2026, 1, day),
            renderer_version=1,
            hidden_at=now if is_undone else None,
        )
        for number, ((n, reposted), (place, day, is_undone)) in enumerate(dataset.reposts.items())
        if reposted < len(posts)
    )
    Post.objects.filter(pk__in=[post.pk for place, post in enumerate(posts) if place in dataset.deleted]).delete()
    return people


def expected_visible(viewer):
    """Return the posts that the viewer may see, computed in Python."""
    return [post for post in visible_rows(viewer) if post.repost_of_id is None]


def visible_rows(viewer):
    """Return the posts and reposts that the viewer may see."""
    apart = set(Block.objects.values_list("blocker", "blocked"))
    return [
        post
        for post in Post.objects.select_related("author").order_by("-pk")
        if post.author_id == viewer.pk
        or (
            post.hidden_at is None
            and post.author.suspended_at is None
            and post.author.deactivated_at is None
            and apart.isdisjoint({(viewer.pk, post.author_id), (post.author_id, viewer.pk)})
        )
    ]


def expected_explore(viewer):
    muted = set(viewer.mutes_made.values_list("muted", flat=True))
    posts = expected_visible(viewer)
    return [post.pk for post in posts if post.author_id not in muted and post.addressee_id is None]


def expected_home(viewer):
    heard = set(viewer.following_set.values_list("followed", flat=True))
    heard -= set(viewer.mutes_made.values_list("muted", flat=True))
    heard |= {viewer.pk}
    posts = [
        post.pk
        for post in expected_visible(viewer)
        if post.author_id == viewer.pk or (post.author_id in heard and post.addressee_id in {None, *heard})
    ]
    return sorted([*posts, *expected_reposts(viewer)], reverse=True)


def expected_reposts(viewer):
    """Return the reposts on home: by followees that are not muted and whose reposts are not hidden, once a day."""
    muted = set(viewer.mutes_made.values_list("muted", flat=True))
    heard = set(viewer.following_set.filter(hides_reposts=False).values_list("followed", flat=True)) - muted
    seen = {post.pk for post in expected_visible(viewer) if post.author_id not in muted and post.hidden_at is None}
    first = {}
    for row in visible_rows(viewer)[::-1]:
        if row.repost_of_id in seen and row.author_id in heard and row.hidden_at is None:
            first.setdefault((row.repost_of_id, row.reposted_on), row.pk)
    return first.values()


def home_queries(viewer):
    """Return every query of the home timeline that runs on this database."""
    queries = [Post.objects.home_timeline, Post.objects.home_by_author_list, Post.objects.all()._home_by_thorough_list]
    if connection.vendor == "postgresql":
        queries += [Post.objects.home_by_merge, Post.objects.home_by_scan]
    return [lambda cursor, query_home=query_home: query_home(viewer, cursor) for query_home in queries]


def ids(page):
    return [post.pk for post in page.items]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(dataset=datasets(), size=st.integers(1, 4), data=st.data())
def test_every_query_of_home_returns_the_same_rows_at_every_page_boundary(db, dataset, size, data):
    request = RequestFactory()
    with rolled_back():
        people = build(dataset)
        viewer = data.draw(st.sampled_from(people))
        queries = home_queries(viewer)
        query, seen = "", set()
        while True:
            home = expected_home(viewer)
            pages = [paginate(request.get("/" + query), query_home, size=size) for query_home in queries]
            before = int(query.rpartition("=")[2]) if query else None
            below = [pk for pk in home if before is None or pk < before]
            for page in pages:
                assert ids(page) == below[:size]
                assert bool(page.older) == (len(below) > size)
            assert seen.isdisjoint(ids(pages[0]))
            seen.update(ids(pages[0]))
            # Going back up from here meets the rows above, the nearest first, or the first page.
            if pages[0].newer:
                bottom = int(pages[0].newer.rpartition("=")[2])
                above = [pk for pk in home if pk > bottom]
                for query_home in queries:
                    page = paginate(request.get("/" + pages[0].newer), query_home, size=size)
                    assert ids(page) == (above[-size:] if len(above) >= size else home[:size])
            if not pages[0].older:
                break
            query = pages[0].older
            # Delete posts between two pages, the one of the cursor among them.
            for pk in data.draw(st.lists(st.sampled_from(home), max_size=2, unique=True)):
                Post.objects.filter(pk=pk).delete()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dataset=datasets(), size=st.integers(1, 4), data=st.data())
def test_explore_and_profiles_return_each_visible_row_once(db, dataset, size, data):
    request = RequestFactory()
    with rolled_back():
        people = build(dataset)
        viewer, author = data.draw(st.sampled_from(people)), data.draw(st.sampled_from(people))
        explore = expected_explore(viewer)
        by_author = [post.pk for post in expected_visible(viewer) if post.author_id == author.pk]
        own = [post.pk for post in expected_visible(viewer) if post.author_id == author.pk and not post.addressee_id]
        for fetch, expected in [
            (partial(Post.objects.explore_timeline, viewer), explore),
            (partial(Post.objects.profile_timeline, viewer, author.pk), by_author),
            (partial(Post.objects.own_timeline, viewer, author.pk), own),
        ]:
            rows, query = [], ""
            while True:
                page = paginate(request.get("/" + query), fetch, size=size)
                rows += ids(page)
                if not page.older:
                    break
                query = page.older
            assert rows == expected


def test_timelines_of_the_four_friends():
    john, susan, mary, david = (UserFactory(username=name) for name in ("john", "susan", "mary", "david"))
    for author in (john, david, mary, susan):
        PostFactory(author=author)
    for follower, followed in [(john, susan), (john, david), (susan, mary), (mary, david)]:
        follow_user(followed, actor=follower)
    homes = {
        person.username: [post.author.username for post in Post.objects.home_timeline(person, Cursor(10))]
        for person in (john, susan, mary, david)
    }
    assert homes == {
        "john": ["susan", "david", "john"],
        "susan": ["susan", "mary"],
        "mary": ["mary", "david"],
        "david": ["david"],
    }


def test_hidden_post_is_visible_to_its_author_only():
    post = PostFactory()
    Post.objects.filter(pk=post.pk).update(hidden_at=timezone.now())
    for viewer, seen in [(post.author, [post]), (UserFactory(), []), (AnonymousUser(), [])]:
        assert list(Post.objects.visible_to(viewer)) == seen


def test_timeline_fetches_only_the_fields_that_it_shows(django_assert_num_queries):
    PostFactory()
    with django_assert_num_queries(1):
        (post,) = Post.objects.visible_to(AnonymousUser()).for_timeline()
        assert post.html
        assert post.author.get_absolute_url()
        assert "password" in post.author.get_deferred_fields()


def test_home_of_ten_thousand_followees_takes_one_query(django_assert_max_num_queries):
    viewer = UserFactory()
    authors = User.objects.bulk_create(User(username=f"a{n}", email=f"a{n}@example.com") for n in range(10_000))
    Follow.objects.bulk_create(Follow(follower=viewer, followed=author) for author in authors)
    User.objects.filter(pk=viewer.pk).update(following_count=len(authors))
    viewer.refresh_from_db()
    posts = Post.objects.bulk_create(
        Post(author=author, body="x", body_html="x", renderer_version=1) for author in authors[::100]
    )
    with django_assert_max_num_queries(2):
        rows = Post.objects.home_timeline(viewer, Cursor(26))
    assert [row.pk for row in rows] == [post.pk for post in posts[::-1]][:26]


@pytest.mark.postgresql
@pytest.mark.parametrize("direction", ["top", "before", "after"])
def test_short_page_of_the_scan_is_completed_by_the_merge(direction, django_assert_num_queries):
    author, viewer = UserFactory.create_batch(2)
    follow_user(author, actor=viewer)
    viewer.following_count = MERGED_FOLLOWEES + 1
    below = PostFactory(author=author)
    gap = 2 * MAX_SCANNED_IDS
    above = Post.objects.create(pk=below.pk + gap, author=author, body="x", body_html="x", renderer_version=1)
    cursor, found = {
        "top": (Cursor(2), [above, below]),
        "before": (Cursor(2, before=above.pk), [below]),
        "after": (Cursor(2, after=below.pk), [above]),
    }[direction]
    if direction != "top":
        assert len(Post.objects.home_by_scan(viewer, cursor)) < len(found)
    with django_assert_num_queries(2):
        assert Post.objects.home_timeline(viewer, cursor) == found


def test_thousands_of_reposts_that_are_not_shown_take_few_queries(django_assert_num_queries):
    author, viewer, muted = UserFactory.create_batch(3)
    follow_user(author, actor=viewer)
    below = PostFactory.create_batch(3, author=author)
    posts = Post.objects.bulk_create(
        Post(author=muted, body="x", body_html="x", renderer_version=1) for _number in range(2_000)
    )
    Post.objects.bulk_create(
        Post(author=author, repost_of=post, reposted_on=date(2026, 1, 1), renderer_version=1) for post in posts
    )
    mute_user(muted, actor=viewer)
    viewer.refresh_from_db()
    with django_assert_num_queries(ATTEMPTS + 1):
        rows = Post.objects.home_timeline(viewer, Cursor(26))
    assert rows == below[::-1]


def test_posts_deleted_between_two_pages_are_neither_shown_nor_skip_others(rf):
    author = UserFactory()
    posts = PostFactory.create_batch(6, author=author)[::-1]
    first = paginate(rf.get("/"), lambda cursor: Post.objects.home_timeline(author, cursor), size=2)
    delete_post(posts[1])
    delete_post(posts[2])
    second = paginate(rf.get("/" + first.older), lambda cursor: Post.objects.home_timeline(author, cursor), size=2)
    assert (first.items, second.items) == (posts[:2], posts[3:5])


@pytest.mark.postgresql
def test_posts_of_an_inactive_followee_use_the_author_index_even_with_few_authors():
    viewer, talker, silent = UserFactory.create_batch(3)
    for author in (talker, silent):
        follow_user(author, actor=viewer)
    Post.objects.bulk_create(Post(author=talker, body="x", body_html="x", renderer_version=1) for _ in range(20_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE posts_post")
    rows = inspect.unwrap(PostQuerySet._merge_home)(Post.objects.all(), viewer, Cursor(26))
    assert "Index Scan Backward using posts_post_pkey" not in rows.explain()


@pytest.mark.sqlite
def test_home_on_sqlite_does_not_look_at_reposts_beyond_the_page():
    viewer, *authors = UserFactory.create_batch(11)
    for author in authors:
        follow_user(author, actor=viewer)
    posts = PostFactory.create_batch(60, author=UserFactory())

    def steps(reposted):
        Post.objects.bulk_create(
            Post(author=author, repost_of=post, reposted_on=date(2026, 1, day), renderer_version=1)
            for post in reposted
            for day, author in enumerate(authors, 1)
        )
        counted = []
        connection.connection.set_progress_handler(lambda: counted.append(1) and None, 10)
        assert len(Post.objects.home_timeline(viewer, Cursor(26))) == 26
        connection.connection.set_progress_handler(None, 0)
        return len(counted)

    few, many = steps(posts[:10]), steps(posts[10:])
    assert many < 1.5 * few
