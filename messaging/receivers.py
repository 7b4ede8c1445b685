"""Receivers of signals of accounts and relationships."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving, visibility_changed
from messaging import tasks
from messaging.conversations.services import delete_messages_of
from messaging.models import Notification
from messaging.notifications.badges import recount_unread
from messaging.notifications.services import notify, withdraw_notifications
from relationships.signals import block_changed, mute_changed, user_followed, user_unfollowed


@receiver(user_followed, dispatch_uid="messaging.notify_followed")
def notify_followed(follower: User, followed: User, **kwargs: Any) -> None:
    """Notify a user of a new follower."""
    notify(followed, kind=Notification.Kind.FOLLOWED, key=str(follower.pk), actor=follower)


@receiver(user_unfollowed, dispatch_uid="messaging.withdraw_followed")
def withdraw_followed(follower: User, followed: User, **kwargs: Any) -> None:
    """Withdraw the notification about a follower."""
    withdraw_notifications(kind=Notification.Kind.FOLLOWED, key=str(follower.pk), user=followed)


@receiver(block_changed, dispatch_uid="messaging.recount_after_block")
def recount_after_block(blocker: User, blocked: User, **kwargs: Any) -> None:
    """Recount what is unread for both users of a block."""
    recount_unread([blocker.pk, blocked.pk])


@receiver(mute_changed, dispatch_uid="messaging.recount_after_mute")
def recount_after_mute(muter: User, muted: User, **kwargs: Any) -> None:
    """Recount what is unread for a user that mutes or unmutes another."""
    recount_unread([muter.pk])


@receiver(account_leaving, dispatch_uid="messaging.delete_messages")
def delete_messages(user: User, **kwargs: Any) -> int:
    """Delete a batch of the messages of a user that is being deleted."""
    return delete_messages_of(user)


@receiver(visibility_changed, dispatch_uid="messaging.recount_after_visibility")
def recount_after_visibility(user: User, **kwargs: Any) -> None:
    """Enqueue a recount for all users with messages or notifications of a user."""
    tasks.recount_unread.enqueue(user.pk, 0)
