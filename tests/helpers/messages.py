"""Helpers for tests of messages and notifications."""

from accounts.models import User
from messaging.models import Message, Participant


def fresh(person):
    return User.objects.get(pk=person.pk)


def unread(person):
    person = fresh(person)
    return person.unread_message_count, person.unread_notification_count


def side(owner, other):
    return Participant.objects.get(user=owner, other=other)


def last_id():
    return Message.objects.latest("pk").pk
