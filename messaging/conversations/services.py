"""Send, read and delete messages."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from messaging.conversations.models import Conversation, Message, Participant
from messaging.notifications.badges import add_to_unread, lock_users
from microblog.core.bidi import isolated
from microblog.core.exceptions import DomainError
from microblog.core.fields import identify_submission

# Most messages that one transaction deletes.
DELETION_SLICE = 500


class CannotSend(DomainError):
    """The sender may not write to this user; the message says why."""


class CannotDelete(DomainError):
    """The conversation has a newer message than its owner has seen."""


@transaction.atomic
def send_message(recipient: User, *, sender: User, body: str, submission_key: uuid.UUID | None = None) -> Message:
    """
    Send and return a message; `body` must be validated.

    If the sender already used the `submission_key` with the same recipient and body, return the existing message: a
    form that is sent twice, even at the same moment, sends one message. Raise CannotSend if sender and recipient are
    the same, one blocks the other, the recipient's account is closed or the sender is suspended. Locks both users.
    """
    if recipient.pk == sender.pk:
        raise CannotSend(_("You cannot write to yourself."))
    people = lock_users(sender.pk, recipient.pk)
    submission_key = identify_submission(submission_key, recipient.pk, body)
    if submission_key is not None:
        # A concurrent request with the same form has waited for the lock.
        sent = Message.objects.filter(sender=sender, submission_key=submission_key).first()
        if sent is not None:
            return sent
    _refuse(people[sender.pk], people.get(recipient.pk), recipient.username)
    low, high = sorted(people)
    conversation, is_new = Conversation.objects.get_or_create(low_id=low, high_id=high)
    message = Message.objects.create(
        conversation=conversation, sender=sender, body=body, submission_key=submission_key
    )
    sides = Participant.objects.filter(conversation=conversation)
    if is_new:
        Participant.objects.bulk_create(
            Participant(conversation=conversation, user_id=user, other_id=other)
            for user, other in [(low, high), (high, low)]
        )
    sides.filter(user=sender).update(last_message=message)
    sides.filter(user=recipient).update(last_message=message, unread_count=F("unread_count") + 1)
    add_to_unread(recipient.pk, messages=1)
    return message


def _refuse(sender: User, recipient: User | None, username: str) -> None:
    name = isolated(username=username)
    if sender.suspended_at:
        raise CannotSend(_("Your account is suspended, so you cannot send messages."))
    if sender.has_blocks and recipient is not None:
        if sender.blocks_made.filter(blocked=recipient).exists():
            raise CannotSend(_("You have blocked %(username)s. Unblock them to write to them.") % name)
        if sender.blocks_received.filter(blocker=recipient).exists():
            raise CannotSend(_("%(username)s has blocked you, so you cannot write to them.") % name)
    if recipient is None or recipient.suspended_at or recipient.deactivated_at:
        raise CannotSend(_("The account of %(username)s is closed, so you cannot write to them.") % name)


@transaction.atomic
def mark_conversation_as_read(participant: Participant, *, upto: int) -> bool:
    """
    Mark a conversation as read by its owner, who has seen all messages up to the id `upto`.

    Return False and change nothing if there is a newer message.
    """
    if not participant.unread_count:
        return True
    # First, because it locks the owner's row: all services lock in this order.
    add_to_unread(participant.user_id, messages=-participant.unread_count)
    unchanged = Participant.objects.filter(pk=participant.pk, unread_count=participant.unread_count, last_message=upto)
    if not unchanged.update(unread_count=0, read_up_to=upto):
        transaction.set_rollback(True)
        return False
    return True


@transaction.atomic
def delete_conversation(participant: Participant, *, upto: int) -> None:
    """
    Delete a conversation for its owner, up to the message with the id `upto`, the last that they have seen.

    Messages that both users have deleted are removed. Raise CannotDelete if there is a newer message. Safe to repeat.
    """
    lock_users(participant.user_id)
    current = Participant.objects.get(pk=participant.pk)
    if current.last_message_id is None:
        return
    if current.last_message_id > upto:
        raise CannotDelete(_("There is a new message. Please read it before you delete the conversation."))
    add_to_unread(current.user_id, messages=-current.unread_count)
    current.deleted_up_to = current.read_up_to = current.last_message_id
    current.last_message, current.unread_count = None, 0
    current.save(update_fields=["deleted_up_to", "read_up_to", "last_message", "unread_count"])
    sides = Participant.objects.filter(conversation=current.conversation_id)
    deleted_by_both = min(sides.values_list("deleted_up_to", flat=True))
    Message.objects.filter(conversation=current.conversation_id, pk__lte=deleted_by_both).delete()


def delete_messages_of(user: User) -> int:
    """Delete up to DELETION_SLICE messages of a user that is being deleted, and return how many."""
    conversations = Participant.objects.filter(user=user).values("conversation")
    messages = Message.objects.filter(conversation__in=conversations)[:DELETION_SLICE]
    return Message.objects.filter(pk__in=list(messages.values_list("pk", flat=True))).delete()[0]
