"""What messages and notifications do when something happens between people."""

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


@receiver(user_followed, dispatch_uid="messaging.tell_followed")
def tell_followed(follower: User, followed: User, **kwargs: Any) -> None:
    """Tell a person who follows them."""
    notify(followed, kind=Notification.Kind.FOLLOWED, key=str(follower.pk), actor=follower)


@receiver(user_unfollowed, dispatch_uid="messaging.take_back_followed")
def take_back_followed(follower: User, followed: User, **kwargs: Any) -> None:
    """Take back what a person was told when somebody followed them."""
    withdraw_notifications(kind=Notification.Kind.FOLLOWED, key=str(follower.pk), user=followed)


@receiver(block_changed, dispatch_uid="messaging.count_after_block")
def count_after_block(blocker: User, blocked: User, **kwargs: Any) -> None:
    """Count what two people have not read now that neither hears of the other, or both do again."""
    recount_unread([blocker.pk, blocked.pk])


@receiver(mute_changed, dispatch_uid="messaging.count_after_mute")
def count_after_mute(muter: User, muted: User, **kwargs: Any) -> None:
    """Count what a person has not read now that they do not hear of somebody, or do again."""
    recount_unread([muter.pk])


@receiver(account_leaving, dispatch_uid="messaging.delete_messages")
def delete_messages(user: User, **kwargs: Any) -> int:
    """Delete a slice of the conversations of somebody who leaves."""
    return delete_messages_of(user)


@receiver(visibility_changed, dispatch_uid="messaging.count_after_visibility")
def count_after_visibility(user: User, **kwargs: Any) -> None:
    """Count what those have not read who heard of a user, by a job."""
    tasks.recount_unread.enqueue(user.pk, 0)
