"""What the API takes and tells about conversations, messages and notifications."""

from __future__ import annotations

from html import unescape
from typing import Any

from django.utils.html import strip_tags
from rest_framework import serializers

from accounts.api.serializers import PERSON_EXAMPLE, PersonSerializer, represent_person
from accounts.models import User
from api.formats import NumberField, WrittenField, instant
from messaging.models import Message, Notification, Participant
from messaging.sentences import Entry
from microblog.core.pagination import LARGEST_ID
from microblog.core.performance.urls import cached_reverse


class MessageSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    conversation_id = serializers.IntegerField()
    sender_id = serializers.IntegerField(help_text="The id of the user who wrote it.")
    body = serializers.CharField()
    sent_at = serializers.DateTimeField()


MESSAGE_EXAMPLE = {
    "id": 31,
    "conversation_id": 4,
    "sender_id": 2,
    "body": "See you at six?",
    "sent_at": "2026-03-01T12:00:00.123456Z",
}


def represent_message(message: Message) -> dict[str, Any]:
    """Return what MessageSerializer describes."""
    return {
        "id": message.pk,
        "conversation_id": message.conversation_id,
        "sender_id": message.sender_id,
        "body": message.body,
        "sent_at": instant(message.sent_at),
    }


class ConversationLinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    messages = serializers.CharField()


class ConversationSerializer(serializers.Serializer):
    """What two people wrote to each other, as one of them has it. Entries of the list are cut by `last_message.id`."""

    id = serializers.IntegerField()
    person = PersonSerializer()
    unread_count = serializers.IntegerField()
    last_message = MessageSerializer()
    _links = ConversationLinksSerializer()


CONVERSATION_EXAMPLE = {
    "id": 4,
    "person": PERSON_EXAMPLE,
    "unread_count": 1,
    "last_message": MESSAGE_EXAMPLE,
    "_links": {"self": "/api/conversations/4", "messages": "/api/conversations/4/messages"},
}


def represent_conversation(side: Participant) -> dict[str, Any]:
    """Return what ConversationSerializer describes, of a side that ParticipantQuerySet.for_list() fetched."""
    link = cached_reverse("api:conversation", side.conversation_id)
    return {
        "id": side.conversation_id,
        "person": represent_person(side.other, by_name_only=side.is_kept_apart),
        "unread_count": side.unread_count,
        # There is one: listed() leaves the others out.
        "last_message": represent_message(side.last_message),
        "_links": {"self": link, "messages": f"{link}/messages"},
    }


class NewMessage(serializers.Serializer):
    body = WrittenField(limit="MESSAGE_MAX_LENGTH")


class UpTo(serializers.Serializer):
    """How far one has read."""

    upto = NumberField(min_value=0, max_value=LARGEST_ID, help_text="The id of the newest that you saw.")


class NotificationLinksSerializer(serializers.Serializer):
    html = serializers.CharField()


class NotificationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[kind for kind in Notification.Kind.values if kind != "task_progress"])
    text = serializers.CharField(help_text="In the language that you asked for.")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    actor = PersonSerializer(allow_null=True)
    _links = NotificationLinksSerializer()


NOTIFICATION_EXAMPLE = {
    "id": 12,
    "kind": "followed",
    "text": "susan followed you",
    "created_at": "2026-03-01T12:00:00.123456Z",
    "read_at": None,
    "actor": PERSON_EXAMPLE,
    "_links": {"html": "/user/ana/followers"},
}


def represent_notification(told: Notification, reader: User) -> dict[str, Any]:
    """Return what NotificationSerializer describes."""
    entry = Entry(reader, [told])
    return {
        "id": told.pk,
        "kind": told.kind,
        "text": unescape(strip_tags(entry.text)),
        "created_at": instant(told.created_at),
        "read_at": told.read_at and instant(told.read_at),
        "actor": represent_person(told.actor, by_name_only=told.is_kept_apart) if told.actor else None,
        "_links": {"html": entry.leads_to},
    }
