import pytest

from accounts.models import User
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from messaging.models import Notification
from messaging.notifications.services import read_notification
from posts.services import delete_post, edit_post, hide_post, restore_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, mute_user

pytestmark = pytest.mark.django_db


def told():
    """Return who is told of which post by now."""
    run_due_everywhere()
    rows = Notification.objects.filter(kind=Notification.Kind.MENTIONED, withdrawn_at=None)
    return sorted((row.user.username, int(row.key)) for row in rows.select_related("user"))


def test_who_is_mentioned_is_told_once(ana, bob):
    post = PostFactory(author=ana, body="Ask @BOB, @bob, @nobody or me, @ana.")
    assert told() == [("bob", post.pk)]
    assert User.objects.get(pk=bob.pk).unread_notification_count == 1
    Notification.objects.update(read_at=post.created_at)
    edit_post(post, body="Ask @bob or @carl.")
    assert told() == [("bob", post.pk)]
    assert not Notification.objects.unread()


def test_user_of_the_longest_name_is_told_and_no_other(ana, bob):
    bea, bob_jr = UserFactory(username="bea"), UserFactory(username="bob-jr")
    post = PostFactory(author=ana, body="Ask @bob-jr, _＠bea_ and nobody else.")
    assert told() == [(bea.username, post.pk), (bob_jr.username, post.pk)]


def test_mention_that_is_edited_in_is_told_and_one_that_is_edited_out_is_taken_back(ana, bob):
    post = PostFactory(author=ana, body="Ask somebody.")
    assert told() == []
    edit_post(post, body="Ask @bob.")
    assert told() == [("bob", post.pk)]
    edit_post(post, body="Ask nobody.")
    assert told() == []


@pytest.mark.parametrize("is_read", [True, False])
def test_mention_that_is_edited_out_and_in_notifies_once(ana, bob, is_read):
    post = PostFactory(author=ana, body="Ask @bob.")
    told()
    notification = Notification.objects.of(bob).get()
    if is_read:
        read_notification(notification)
    for body in ("Ask nobody.", "Ask @bob, please."):
        edit_post(post, body=body)
        told()
    assert Notification.objects.of(bob).get() == notification
    assert User.objects.get(pk=bob.pk).unread_notification_count == int(not is_read)
    edit_post(post, body="Ask nobody.")
    assert told() == []
    assert User.objects.get(pk=bob.pk).unread_notification_count == 0


def test_hidden_and_deleted_posts_are_told_to_nobody(ana, bob):
    staff = UserFactory(is_staff=True)
    post = PostFactory(author=ana, body="@bob")
    assert told()
    hide_post(post, actor=staff, reason="no")
    assert told() == []
    restore_post(post, actor=staff)
    assert told()
    delete_post(post)
    assert told() == []
    assert User.objects.get(pk=bob.pk).unread_notification_count == 0


@pytest.mark.parametrize("keep_away", [block_user, mute_user])
def test_who_does_not_hear_the_author_is_not_told(ana, bob, keep_away):
    keep_away(ana, actor=bob)
    PostFactory(author=ana, body="@bob")
    assert told() == []
