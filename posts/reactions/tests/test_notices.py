from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import NamedTuple

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import User
from accounts.services import lift_suspension, suspend_user
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from messaging.models import Notification
from messaging.notifications.display import NotificationGroup
from posts.models import Like, Post
from posts.reactions.services import like_post, repost_post, undo_repost, unlike_post
from posts.services import delete_post, hide_post, restore_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, mute_user, unblock_user, unmute_user

pytestmark = pytest.mark.django_db

ISOLATES = str.maketrans("", "", "\u2068\u2069")


class Reaction(NamedTuple):
    """A service, the one that undoes it, and its name in notifications."""

    do: Callable[..., int]
    undo: Callable[..., int]
    name: str

    def __call__(self, post, *, actor):
        return self.do(post, actor=actor)


@pytest.fixture(params=[Reaction(like_post, unlike_post, "liked"), Reaction(repost_post, undo_repost, "reposted")])
def react(request):
    return request.param


@pytest.fixture
def people():
    return [UserFactory(username=name) for name in ("author", "ana", "bob", "cem")]


def texts(author):
    """Return the texts of what the author's page lists after all jobs have run."""
    run_due_everywhere()
    author = User.objects.get(pk=author.pk)
    rows = list(Notification.objects.of(author).for_list().order_by("-pk"))
    assert author.unread_notification_count == len([row for row in rows if not row.read_at])
    groups = [NotificationGroup(author, [row]) for row in rows]
    return [unescape(strip_tags(group.text)).translate(ISOLATES) for group in groups]


def test_all_reactions_to_a_post_are_one_notification(people, react):
    author, ana, bob, cem = people
    post, other = PostFactory(author=author), PostFactory(author=author)
    react(post, actor=ana)
    assert texts(author) == [f"ana {react.name} your post"]
    react(post, actor=bob)
    assert texts(author) == [f"bob and 1 other {react.name} your post"]
    react(post, actor=cem)
    react(other, actor=ana)
    assert texts(author) == [f"ana {react.name} your post", f"cem and 2 others {react.name} your post"]


def test_reactions_of_authors_to_own_posts_do_not_notify(react, people):
    post = PostFactory(author=people[0])
    react(post, actor=people[0])
    assert texts(people[0]) == []


def test_toggled_reaction_notifies_once(react, people):
    author, ana, *_others = people
    post = PostFactory(author=author)
    react(post, actor=ana)
    assert texts(author) == [f"ana {react.name} your post"]
    Notification.objects.update(read_at=timezone.now())
    User.objects.update(unread_notification_count=0)
    for change in (react.undo, react, react.undo):
        change(post, actor=ana)
        texts(author)
        assert not Notification.objects.unread()
    assert texts(author) == []
    react(post, actor=ana)
    assert texts(author) == [f"ana {react.name} your post"]
    assert not Notification.objects.unread()


def test_newer_reaction_makes_it_unread_again_and_an_undone_one_does_not(people, react):
    author, ana, bob, cem = people
    post = PostFactory(author=author)
    react(post, actor=ana)
    react(post, actor=bob)
    texts(author)
    Notification.objects.update(read_at=timezone.now())
    User.objects.update(unread_notification_count=0)
    react.undo(post, actor=bob)
    assert texts(author) == [f"ana {react.name} your post"]
    assert not Notification.objects.unread()
    react(post, actor=cem)
    assert texts(author) == [f"cem and 1 other {react.name} your post"]
    assert Notification.objects.unread()


def test_reaction_that_is_older_than_notifications_are_kept_does_not_notify(react, people, settings):
    author, ana, *_others = people
    post = PostFactory(author=author)
    react(post, actor=ana)
    created_at = timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS + 1)
    Like.objects.update(created_at=created_at)
    Post.objects.filter(repost_of=post).update(created_at=created_at)
    assert texts(author) == []


def test_hidden_and_deleted_posts_are_withdrawn(react, people):
    author, ana, staff, _cem = people
    post = PostFactory(author=author)
    react(post, actor=ana)
    assert texts(author) == [f"ana {react.name} your post"]
    hide_post(post, actor=staff, reason="Spam")
    assert texts(author) == []
    restore_post(post, actor=staff)
    assert texts(author) == [f"ana {react.name} your post"]
    delete_post(post)
    assert texts(author) == []


@pytest.mark.parametrize("who", ["block", "blocked", "mute", "suspended"])
def test_people_that_the_author_may_not_see_or_mutes_are_neither_named_nor_counted(react, people, who):
    author, ana, bob, staff = people
    post = PostFactory(author=author)
    react(post, actor=bob)
    react(post, actor=ana)
    assert texts(author) == [f"ana and 1 other {react.name} your post"]
    change, back, arguments = {
        "block": (block_user, unblock_user, (ana, author)),
        "blocked": (block_user, unblock_user, (author, ana)),
        "mute": (mute_user, unmute_user, (ana, author)),
        "suspended": (suspend_user, lift_suspension, (ana, staff)),
    }[who]
    change(arguments[0], actor=arguments[1])
    assert texts(author) == [f"bob {react.name} your post"]
    back(arguments[0], actor=arguments[1])
    assert texts(author) == [f"ana and 1 other {react.name} your post"]
    assert Notification.objects.count() == 1
