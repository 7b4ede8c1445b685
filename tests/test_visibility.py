"""After any sequence of actions, each page shows exactly what is visible to its reader."""

import itertools
import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.deletion import delete_account_slice
from accounts.models import User
from accounts.security.services import make_token
from accounts.services import (
    deactivate_user,
    lift_suspension,
    request_deletion,
    restore_user,
    suspend_user,
)
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from messaging.conversations.services import send_message
from messaging.models import Message, Notification, Participant
from messaging.notifications.badges import recount_unread
from microblog.core.exceptions import DomainError
from posts.counters import recount_posts
from posts.models import Bookmark, DeletedPost, Like, Post
from posts.reactions.services import bookmark_post, like_post, repost_post, undo_repost, unlike_post
from posts.services import delete_post, hide_post, publish_post, restore_post
from posts.timelines.views import MAX_NEW_POSTS
from relationships.models import Block, Follow, Mute
from relationships.services import (
    block_user,
    follow_user,
    mute_user,
    recount,
    unblock_user,
    unfollow_user,
    unmute_user,
)
from tests.helpers.exports import export_of

pytestmark = pytest.mark.django_db

NAMES = ("ana", "bob", "cem", "dee")
# Lists of an archive, and the keys that name other users.
LISTS = {"following": "username", "followers": "username", "mutes": "username", "messages": "with"}
# A word in every text and profile, so that a search for it finds everything.
WORD = "everywhere"
# Makes each text unique.
MARK = re.compile(r"mark\d+end")
NAMED = re.compile(r"(?:Replying to|Reposted by) <bdi>@?(\w+)</bdi>")
PICTURE = re.compile(r"/avatar/(\d+)\.svg")
numbers = itertools.count()


def text(more=""):
    return f"{WORD} mark{next(numbers)}end {more}"


def marks(rows):
    return {MARK.search(row.body)[0] for row in rows}


def newest_post(author):
    return Post.objects.by(author).order_by("-pk").first()


def delete(user):
    request_deletion(user, actor=user)
    run_due_everywhere()
    while delete_account_slice(user):
        pass


# Actions on a visible user.
DEEDS = {
    "follow": lambda actor, other: follow_user(other, actor=actor),
    "unfollow": lambda actor, other: unfollow_user(other, actor=actor),
    "block": lambda actor, other: block_user(other, actor=actor),
    "mute": lambda actor, other: mute_user(other, actor=actor),
    "unmute": lambda actor, other: unmute_user(other, actor=actor),
    "write": lambda actor, other: publish_post(actor, body=text(f"@{other.username}")),
    "reply": lambda actor, other: (post := newest_post(other)) and publish_post(actor, body=text(), reply_to=post.pk),
    "continue": lambda actor, _other: (
        (post := newest_post(actor)) and publish_post(actor, body=text(), reply_to=post.pk)
    ),
    "like": lambda actor, other: (post := newest_post(other)) and like_post(post, actor=actor),
    "unlike": lambda actor, other: (post := newest_post(other)) and unlike_post(post, actor=actor),
    "repost": lambda actor, other: (post := newest_post(other)) and repost_post(post, actor=actor),
    "undo the repost": lambda actor, other: (post := newest_post(other)) and undo_repost(post, actor=actor),
    "hide reposts": lambda actor, other: Follow.objects.filter(follower=actor, followed=other).update(
        hides_reposts=True
    ),
    "bookmark": lambda actor, other: (post := newest_post(other)) and bookmark_post(post, actor=actor),
    "send": lambda actor, other: send_message(other, sender=actor, body=text()),
    "read": lambda actor, other: Reader(actor).get(f"/messages/{other.username}"),
}
# Actions that do not depend on visibility.
EVENTS = {
    "unblock": lambda actor, other: unblock_user(other, actor=actor),
    "hide": lambda actor, other: (post := newest_post(other)) and hide_post(post, actor=actor, reason="Rule 1."),
    "restore": lambda actor, other: (post := newest_post(other)) and restore_post(post, actor=actor),
    "delete the post": lambda _actor, other: (post := newest_post(other)) and delete_post(post),
    "suspend": lambda _actor, other: suspend_user(other, actor="the site"),
    "lift": lambda _actor, other: lift_suspension(other, actor="the site"),
    "close": lambda _actor, other: deactivate_user(other, actor="the site"),
    "reopen": lambda _actor, other: restore_user(other, actor="the site"),
    "delete": lambda _actor, other: delete(other),
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *DEEDS,
                "block",
                "block",
                "mute",
                "send",
                "write",
                *["reply"] * 4,
                *["like"] * 4,
                *["repost"] * 4,
                *EVENTS,
            ]
        ),
        st.permutations(NAMES),
    ).map(lambda step: (step[0], *step[1][:2])),
    max_size=12,
)


def take(step, *names):
    """Perform a step, if the site permits it."""
    people = {user.username: user for user in User.objects.filter(username__in=names)}
    if len(people) < 2:
        return
    actor, other = (people[name] for name in names)
    try:
        if step in EVENTS:
            EVENTS[step](actor, other)
        elif is_open(actor) and User.objects.visible_to(actor).contains(other):
            DEEDS[step](actor, other)
    except DomainError:
        pass


def is_open(user):
    return user.suspended_at is None and user.deactivated_at is None


class Reader:
    """A user who reads pages and API responses."""

    def __init__(self, user):
        self.user = user
        self.client = Client()
        self.client.force_login(user)
        _token, secret = make_token(user, name="test", lifetime=timedelta(hours=1))
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path):
        headers = self.headers if path.startswith("/api/") else {}
        response = self.client.get(path, headers=headers)
        assert response.status_code in (200, 404, 410), path
        return response


class Truth:
    """What is visible to a reader, computed from the rows without the site's querysets."""

    def __init__(self, user):
        self.user = user
        pairs = set(Block.objects.values_list("blocker", "blocked"))
        apart = {one for one, other in pairs if other == user.pk} | {other for one, other in pairs if one == user.pk}
        people = list(User.objects.all())
        self.seen = [one for one in people if one == user or (is_open(one) and one.pk not in apart)]
        self.unseen = [one for one in people if one not in self.seen]
        self.muted = {mute.muted for mute in Mute.objects.filter(muter=user).select_related("muted")}
        self.blocked = {
            block.blocked_id
            for block in Block.objects.filter(blocker=user).select_related("blocked")
            if is_open(block.blocked)
        }
        # Messages from users who then blocked the reader stay, with only the authors' names.
        blockers = {one for one, other in pairs if other == user.pk} - {
            other for one, other in pairs if one == user.pk
        }
        self.blockers = {one for one in self.unseen if is_open(one) and one.pk in blockers}
        self.heard = {*self.seen, *self.blockers}
        rows = list(Post.objects.select_related("author").order_by("pk"))
        posts = [post for post in rows if post.repost_of_id is None]
        self.posts = [
            post for post in posts if post.author == user or (post.author in self.seen and not post.hidden_at)
        ]
        self.hidden = [post for post in posts if post not in self.posts]
        mention = re.compile(rf"@{user.username}\b")
        self.to_reader = [
            post
            for post in self.hidden
            if is_open(post.author)
            and not post.hidden_at
            and (post.addressee_id == user.pk or mention.search(post.body))
        ]
        self.follows = set(Follow.objects.values_list("follower", "followed"))
        self.unmuted = [post for post in self.posts if post.author not in self.muted]
        self.explore = [post for post in self.unmuted if post.addressee_id is None]
        heard = {followed for follower, followed in self.follows if follower == user.pk} | {user.pk}
        heard -= {one.pk for one in self.muted}
        self.home = [
            post
            for post in self.unmuted
            if post.author == user or (post.author_id in heard and post.addressee_id in {None, *heard})
        ]
        hiding = set(Follow.objects.filter(follower=user, hides_reposts=True).values_list("followed", flat=True))
        shown = {post.pk: post for post in self.unmuted if not post.hidden_at}
        # Of reposts, the first by a followee on each day, by the post and the day.
        self.reposts = {}
        for row in rows:
            is_heard = row.author_id in heard - hiding - {user.pk} and row.author in self.seen
            if row.repost_of_id in shown and is_heard and not row.hidden_at:
                self.reposts.setdefault((row.repost_of_id, row.reposted_on), row)
        self.rows_of_home = len(self.home) + len(self.reposts)
        self.home += [shown[pk] for pk, _day in self.reposts if shown[pk] not in self.home]
        self.parents = dict(Post.objects.values_list("pk", "reply_to"))
        self.parents.update(DeletedPost.objects.values_list("pk", "reply_to_id"))

    def started_by(self, author):
        return [post for post in self.posts if post.author == author and post.addressee_id is None]

    def above(self, pk):
        """Return the visible posts above a post."""
        above = []
        while pk := self.parents.get(pk):
            above += [post for post in self.posts if post.pk == pk]
        return above

    def below(self, pk):
        """Return the visible direct replies to a post; those of a muted user only if they wrote the post."""
        authors = {post.author_id for post in self.posts if post.pk == pk}
        replies = [post for post in self.posts if post.reply_to_id == pk]
        return [post for post in replies if post in self.unmuted or post.author_id in authors]

    def replies_in_api(self, pk):
        return [post for post in self.unmuted if post.reply_to_id == pk]

    def missing(self):
        """Return the ids of posts that are deleted or hidden from the reader, and the visible replies to each."""
        seen = {post.pk for post in [*self.posts, *self.to_reader]}
        return {pk: self.below(pk) for pk in self.parents.keys() - seen}

    def likers_of(self, post):
        """Return the ids of the visible users that like a post."""
        likes = Like.objects.filter(post=post, undone_at=None)
        return {like.user_id for like in likes} & {one.pk for one in self.seen}

    def reposters_of(self, post):
        """Return the ids of the visible users that repost a post."""
        reposts = Post.objects.filter(repost_of=post, hidden_at=None)
        return {repost.author_id for repost in reposts} & {one.pk for one in self.seen}

    def liked(self):
        return [post for post in self.posts if self.user.pk in self.likers_of(post)]

    def reposted(self):
        return [post for post in self.posts if self.user.pk in self.reposters_of(post)]

    def bookmarked(self):
        ids = set(Bookmark.objects.filter(user=self.user).values_list("post", flat=True))
        return [post for post in self.posts if post.pk in ids]

    def searches(self):
        """Return searches for posts, and what each finds."""
        public = [post for post in self.posts if not post.hidden_at]
        return {
            WORD: public,
            "in:bookmarks": [post for post in self.bookmarked() if not post.hidden_at],
            "is:reply": [post for post in public if post.reply_to_id is not None],
            **{f"from:{name}": [post for post in public if post.author.username == name] for name in NAMES},
        }

    def notable(self, people_of):
        """Return the users with a reaction to each post of the reader, without muted ones, by the id of the post."""
        muted = {self.user.pk, *(one.pk for one in self.muted)}
        mine = [post for post in self.posts if post.author == self.user and not post.hidden_at]
        return {post.pk: people for post in mine if (people := people_of(post) - muted)}

    def unread_messages(self):
        """Count the reader's unread messages."""
        sides = Participant.objects.filter(user=self.user).select_related("other")
        return sum(
            Message.objects.filter(conversation=side.conversation_id, sender=side.other)
            .filter(pk__gt=max(side.read_up_to, side.deleted_up_to))
            .count()
            for side in sides
            if side.other in self.heard
        )

    def latest_messages(self):
        sides = Participant.objects.filter(user=self.user, last_message__isnull=False).select_related("last_message")
        return [side.last_message for side in sides.select_related("other") if side.other in self.heard]

    def messages_with(self, other):
        between = Message.objects.filter(conversation__participants__user=other)
        return between.filter(conversation__participants__user=self.user)

    def notifications(self):
        notifications = Notification.objects.filter(user=self.user, withdrawn_at=None).select_related("actor")
        return [one for one in notifications if one.actor is None or one.actor in self.heard - self.muted]


@pytest.fixture
def community():
    """Create a few users who all interact with each other."""
    people = [UserFactory(username=name) for name in NAMES]
    User.objects.filter(username__in=NAMES).update(about_me=WORD)
    for one in people:
        publish_post(one, body=text())
        for other in people:
            if one != other:
                follow_user(other, actor=one)
                send_message(other, sender=one, body=text())
    for one, other in itertools.permutations(people, 2):
        like_post(newest_post(other), actor=one)
        repost_post(newest_post(other), actor=one)
        bookmark_post(newest_post(other), actor=one)
    run_due_everywhere()


# Without shrinking, which would take minutes: the steps are short enough to read.
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, name=st.sampled_from(NAMES))
def test_each_user_sees_exactly_what_is_visible_to_them(community, steps, name):
    cache.clear()
    with transaction.atomic():
        for step in steps:
            take(*step)
        run_due_everywhere()
        user = User.objects.filter(username=name).first()
        if user is not None and is_open(user):
            check(Reader(user), Truth(user))
        everybody = list(User.objects.values_list("pk", flat=True))
        assert recount(everybody, dry_run=True) == []
        assert recount_unread(everybody, dry_run=True) == []
        assert recount_posts(Post.objects.values_list("pk", flat=True), dry_run=True) == []
        transaction.set_rollback(True)


def check(reader, truth):
    check_pages(reader, truth)
    check_api(reader, truth)
    check_archive(reader, truth)
    refuse(reader, truth)


def check_pages(reader, truth):
    notifications = truth.notifications()
    news = {one["name"]: one["data"] for one in reader.get("/notifications?since=0").json()}
    assert news.get("unread_message_count", 0) == truth.unread_messages()
    assert news.get("unread_notification_count", 0) == sum(one.read_at is None for one in notifications)
    kinds = (Notification.Kind.MENTIONED, Notification.Kind.REPLIED)
    mentioned_in = {int(one.key) for one in notifications if one.kind in kinds}
    assert mentioned_in <= {post.pk for post in [*truth.posts, *truth.to_reader]}
    assert read_people(reader, truth, "/notifications") <= {one.actor_id for one in notifications} | {reader.user.pk}
    for kind, people_of in (
        (Notification.Kind.LIKED, truth.likers_of),
        (Notification.Kind.REPOSTED, truth.reposters_of),
    ):
        about = {int(one.key): one for one in notifications if one.kind == kind}
        notable = truth.notable(people_of)
        assert {pk: one.payload["others"] + 1 for pk, one in about.items()} == {
            pk: len(people) for pk, people in notable.items()
        }
        assert all(one.actor_id in notable[pk] for pk, one in about.items())
    latest = truth.latest_messages()
    shows = {
        "/": truth.home,
        "/explore": truth.explore,
        "/messages": latest,
        "/likes": truth.liked(),
        "/bookmarks": truth.bookmarked(),
        **{f"/search?q={text}": posts for text, posts in truth.searches().items()},
        **{f"/user/{one.username}": truth.started_by(one) for one in truth.seen},
        **{f"/user/{one.username}/replies": [p for p in truth.posts if p.author == one] for one in truth.seen},
        **{f"/post/{post.pk}": [post, *truth.above(post.pk), *truth.below(post.pk)] for post in truth.posts},
        **{f"/post/{post.pk}": [post] for post in truth.to_reader},
        **{f"/report/post/{post.pk}": [post] for post in truth.to_reader},
        **{
            f"/messages/{one.username}": [*truth.messages_with(one), *latest]
            for one in truth.heard
            if one != reader.user
        },
    }
    for path, rows in shows.items():
        assert read(reader, truth, path) == marks(rows), path
    for pk, replies in truth.missing().items():
        page = reader.get(f"/post/{pk}")
        assert page.status_code in (404, 410)
        shown = [*truth.above(pk), *replies] if replies else []
        assert set(MARK.findall(page.content.decode())) == marks(shown)
    for post in truth.posts:
        # The side column has the reader's own picture.
        for path, people in (("likes", truth.likers_of(post)), ("reposts", truth.reposters_of(post))):
            shown = read_people(reader, truth, f"/post/{post.pk}/{path}") - {reader.user.pk}
            assert shown == people - {reader.user.pk}
    new = reader.client.get("/new_posts?after=0")
    count = new.context["count"] if new.status_code == 200 else 0
    assert count == min(truth.rows_of_home, MAX_NEW_POSTS)
    for one in truth.seen:
        for page in ("popup", "followers", "following"):
            read(reader, truth, f"/user/{one.username}/{page}")
    found = read_people(reader, truth, f"/search?q={WORD}&type=people")
    assert found >= {one.pk for one in truth.seen}
    muted = {one.pk for one in truth.muted if one in truth.seen}
    assert read_people(reader, truth, "/settings/muted") == muted | {reader.user.pk}
    # The only page that lists users who are otherwise not visible to the reader.
    blocked = set(map(int, PICTURE.findall(reader.get("/settings/blocked").content.decode())))
    assert blocked == truth.blocked | {reader.user.pk}


def check_api(reader, truth):
    def ids(path):
        return {item["id"] for item in reader.get(f"/api/{path}").json()["items"]}

    seen = {one.pk for one in truth.seen}
    people = {
        "users": seen,
        f"search/people?q={WORD}": seen,
        "blocks": truth.blocked,
        "mutes": {one.pk for one in truth.muted & truth.heard},
        "notifications": {one.pk for one in truth.notifications()},
    }
    for pk in seen:
        people[f"users/{pk}/followers"] = seen & {one for one, other in truth.follows if other == pk}
        for name in ("followed", "following"):
            people[f"users/{pk}/{name}"] = seen & {other for one, other in truth.follows if one == pk}
    people |= {f"posts/{post.pk}/likers": truth.likers_of(post) for post in truth.posts}
    people |= {f"posts/{post.pk}/reposters": truth.reposters_of(post) for post in truth.posts}
    for path, expected in people.items():
        assert ids(path) == expected, path
    conversations = reader.get("/api/conversations").json()["items"]
    texts = {
        "timelines/home": truth.home,
        "timelines/public": truth.explore,
        "likes": truth.liked(),
        "bookmarks": truth.bookmarked(),
        "conversations": truth.latest_messages(),
        **{f"search/posts?q={text}&per_page=100": posts for text, posts in truth.searches().items()},
        **{f"users/{one.pk}/posts": [p for p in truth.posts if p.author == one] for one in truth.seen},
        **{f"users/{one.pk}/posts?replies=false": truth.started_by(one) for one in truth.seen},
        **{f"posts/{post.pk}": [post] for post in [*truth.posts, *truth.to_reader]},
        **{f"posts/{post.pk}/ancestors": truth.above(post.pk) for post in truth.posts},
        **{f"posts/{post.pk}/replies": truth.replies_in_api(post.pk) for post in truth.posts},
        **{f"posts/{pk}/ancestors": truth.above(pk) if truth.replies_in_api(pk) else [] for pk in truth.missing()},
        **{f"posts/{pk}/replies": truth.replies_in_api(pk) for pk in truth.missing()},
        **{
            f"conversations/{one['id']}/messages": truth.messages_with(User.objects.get(pk=one["person"]["id"]))
            for one in conversations
        },
    }
    for path, rows in texts.items():
        response = reader.get(f"/api/{path}")
        text = response.content.decode()
        assert set(MARK.findall(text)) == marks(rows), path
        assert not path.startswith("search/") or response.json()["_meta"]["total_items"] == len(rows), path
        named = re.findall(r'"(?:addressee|reposted_by)":{"id":(\d+),"username":"(\w+)"', text)
        assert {(int(pk), name) for pk, name in named} <= {(one.pk, one.username) for one in truth.seen}, path


def check_archive(reader, truth):
    archive = export_of(reader.user)
    for name, member in LISTS.items():
        entries = json.loads(archive.read(f"{name}.json"))[name]
        allowed = truth.heard if name in ("mutes", "messages") else truth.seen
        assert {entry[member] for entry in entries} <= {one.username for one in allowed} | {None}, name
    blocked = {entry["username"] for entry in json.loads(archive.read("blocks.json"))["blocks"]}
    assert blocked == {one.username for one in truth.unseen if one.pk in truth.blocked}
    lists = {"likes": truth.liked(), "reposts": truth.reposted(), "bookmarks": truth.bookmarked()}
    for name, posts in lists.items():
        entries = json.loads(archive.read(f"{name}.json"))[name]
        kept = {entry["url"] for entry in entries if not entry.get("undone_at")}
        assert {int(url.rpartition("/")[2]) for url in kept} == {post.pk for post in posts}, name
    assert set(MARK.findall(archive.read("posts.json").decode())) == marks(Post.objects.by(reader.user))


def read(reader, truth, path):
    """Open a page, fail if it names a user who is not visible to its reader, and return the marks of its texts."""
    return set(MARK.findall(_open(reader, truth, path)))


def read_people(reader, truth, path):
    """Open such a page, and return the ids of the users on it."""
    return set(map(int, PICTURE.findall(_open(reader, truth, path))))


def _open(reader, truth, path):
    response = reader.get(path)
    assert response.status_code == 200, path
    page = response.content.decode()
    assert {one.pk for one in truth.unseen}.isdisjoint(map(int, PICTURE.findall(page))), path
    assert set(NAMED.findall(page)) <= {one.username for one in truth.seen}, path
    return page


def refuse(reader, truth):
    """Request everything that must be 404 for the reader."""
    for one in truth.unseen:
        for path in ("user/{}", "user/{}/popup", "user/{}/followers", "user/{}/following", "send_message/{}"):
            assert reader.get("/" + path.format(one.username)).status_code == 404
        if one not in truth.blockers:
            assert reader.get(f"/messages/{one.username}").status_code == 404
        # Blocking users can be reported, with only their names shown.
        report = reader.get(f"/report/user/{one.username}")
        assert report.status_code == (200 if is_open(one) else 404)
        assert "mb-quote" not in report.content.decode()
        for page in ("", "/followers", "/followed", "/following", "/posts"):
            assert reader.get(f"/api/users/{one.pk}{page}").status_code == 404
    for post in truth.hidden:
        for page in ("translation", "language"):
            assert reader.get(f"/post/{post.pk}/{page}").status_code == 404
        for path in ("likes", "reposts"):
            assert reader.get(f"/post/{post.pk}/{path}").status_code == 404
            assert reader.get(f"/api/posts/{post.pk}/{path}").status_code == 404
        if post in truth.to_reader:
            continue
        assert reader.get(f"/report/post/{post.pk}").status_code == 404
        assert reader.get(f"/api/posts/{post.pk}").status_code == 404
