import pytest

from accounts.models import User
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from messaging.models import Notification
from messaging.notifications.services import mark_notification_as_read
from posts.services import delete_post, edit_post, hide_post, restore_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, mute_user

pytestmark = pytest.mark.django_db


def notified():
    """Return (username, post id) of all notifications about mentions, after running the jobs that are due."""
    run_due_everywhere()
    rows = Notification.objects.filter(kind=Notification.Kind.MENTIONED, withdrawn_at=None)
    return sorted((row.user.username, int(row.key)) for row in rows.select_related("user"))


def test_mentioned_user_is_notified_once(ana, bob):
    post = PostFactory(author=ana, body="Ask @BOB, @bob, @unknown or me, @ana.")
    assert notified() == [("bob", post.pk)]
    assert User.objects.get(pk=bob.pk).unread_notification_count == 1
    Notification.objects.update(read_at=post.created_at)
    edit_post(post, body="Ask @bob or @carl.")
    assert notified() == [("bob", post.pk)]
    assert not Notification.objects.unread()


def test_only_the_user_with_the_longest_matching_name_is_notified(ana, bob):
    bea, bob_jr = UserFactory(username="bea"), UserFactory(username="bob-jr")
    post = PostFactory(author=ana, body="Ask @bob-jr, _＠bea_ and unknown else.")
    assert notified() == [(bea.username, post.pk), (bob_jr.username, post.pk)]


def test_added_mention_notifies_and_removed_mention_is_withdrawn(ana, bob):
    post = PostFactory(author=ana, body="Ask unknown.")
    assert notified() == []
    edit_post(post, body="Ask @bob.")
    assert notified() == [("bob", post.pk)]
    edit_post(post, body="Ask unknown.")
    assert notified() == []


@pytest.mark.parametrize("is_read", [True, False])
def test_mention_that_is_removed_and_added_again_notifies_once(ana, bob, is_read):
    post = PostFactory(author=ana, body="Ask @bob.")
    notified()
    notification = Notification.objects.of(bob).get()
    if is_read:
        mark_notification_as_read(notification)
    for body in ("Ask unknown.", "Ask @bob, please."):
        edit_post(post, body=body)
        notified()
    assert Notification.objects.of(bob).get() == notification
    assert User.objects.get(pk=bob.pk).unread_notification_count == int(not is_read)
    edit_post(post, body="Ask unknown.")
    assert notified() == []
    assert User.objects.get(pk=bob.pk).unread_notification_count == 0


def test_mentions_of_hidden_and_deleted_posts_are_withdrawn(ana, bob):
    staff = UserFactory(is_staff=True)
    post = PostFactory(author=ana, body="@bob")
    assert notified()
    hide_post(post, actor=staff, reason="no")
    assert notified() == []
    restore_post(post, actor=staff)
    assert notified()
    delete_post(post)
    assert notified() == []
    assert User.objects.get(pk=bob.pk).unread_notification_count == 0


@pytest.mark.parametrize("keep_away", [block_user, mute_user])
def test_user_that_blocks_or_mutes_the_author_is_not_notified(ana, bob, keep_away):
    keep_away(ana, actor=bob)
    PostFactory(author=ana, body="@bob")
    assert notified() == []
