"""The API of conversations and messages."""

from __future__ import annotations

from http import HTTPStatus
from operator import attrgetter
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import check_can_contact_others
from accounts.api.serializers import PERSON_EXAMPLE, PersonSerializer, represent_person
from accounts.models import User
from api.errors import Refused
from api.formats import BodyCharField, format_time
from api.limits import throttle
from api.pagination import by_cursor, number
from api.schema import BY_CURSOR, ID, cursored, example_list, operation
from api.views import Endpoint
from messaging.api.serializers import UpTo, read_upto
from messaging.conversations.models import Message, Participant
from messaging.conversations.services import delete_conversation, mark_conversation_as_read, send_message
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
    """Return the fields of MessageSerializer as a dictionary."""
    return {
        "id": message.pk,
        "conversation_id": message.conversation_id,
        "sender_id": message.sender_id,
        "body": message.body,
        "sent_at": format_time(message.sent_at),
    }


class ConversationLinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    messages = serializers.CharField()


class ConversationSerializer(serializers.Serializer):
    """Your side of a conversation with another user. The cursor of the list is `last_message.id`."""

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
    """Return the fields of ConversationSerializer as a dictionary, of a participant fetched by for_list()."""
    link = cached_reverse("api:conversation", side.conversation_id)
    return {
        "id": side.conversation_id,
        "person": represent_person(side.other, by_name_only=side.is_blocked_either_way),
        "unread_count": side.unread_count,
        # Never None: listed() excludes conversations without messages.
        "last_message": represent_message(side.last_message),
        "_links": {"self": link, "messages": f"{link}/messages"},
    }


class NewMessage(serializers.Serializer):
    body = BodyCharField(limit="MESSAGE_MAX_LENGTH")


class Conversations(Endpoint):
    @operation(
        "list_conversations",
        "List your conversations",
        {200: (cursored(ConversationSerializer), example_list("/api/conversations", CONVERSATION_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """The one with the newest message comes first. `before` and `after` are values of `last_message.id`."""
        sides = Participant.objects.of(request.user).listed().for_list()
        key = "last_message_id"
        return by_cursor(
            request, lambda cursor: cursor.window(sides, key=key), represent_conversation, key=attrgetter(key)
        )


class OneConversation(Endpoint):
    has_etag = True
    limited = {"DELETE": "delete"}

    @operation("show_conversation", "Show a conversation", {200: (ConversationSerializer, CONVERSATION_EXAMPLE)})
    def get(self, request: Request, pk: int) -> Response:
        """Includes the last message. Does not mark messages as read."""
        return self.single(request, represent_conversation(_side(request, pk)))

    @operation(
        "delete_conversation",
        "Delete a conversation for yourself",
        {204: (None, None)},
        parameters=[
            OpenApiParameter("upto", ID, required=True, description="The id of the newest message that you have seen.")
        ],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """The other user keeps it. The response is 409 if there is a newer message than `upto`."""
        side = _side(request, pk)
        self.check_unchanged(request, lambda: represent_conversation(side))
        upto = number(request, "upto", 0, LARGEST_ID)
        if upto is None:
            raise Refused("must include upto")
        delete_conversation(side, upto=upto)
        return Response(status=HTTPStatus.NO_CONTENT)


class MessagesOfConversation(Endpoint):
    @operation(
        "list_messages",
        "List the messages of a conversation",
        {200: (cursored(MessageSerializer), example_list("/api/conversations/4/messages", MESSAGE_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request, pk: int) -> Response:
        """The newest come first. Does not mark messages as read."""
        messages = Message.objects.seen_by(_side(request, pk))
        return by_cursor(request, lambda cursor: cursor.window(messages), represent_message)


class ReadConversation(Endpoint):
    other_errors = frozenset({409})

    @operation("read_conversation", "Mark a conversation as read", {204: (None, None)}, takes=(UpTo, {"upto": 31}))
    def put(self, request: Request, pk: int) -> Response:
        """The response is 409 if there is a newer message than `upto`, which you have not read yet."""
        if not mark_conversation_as_read(_side(request, pk), upto=read_upto(request)):
            raise Refused("a newer message has come", HTTPStatus.CONFLICT)
        return Response(status=HTTPStatus.NO_CONTENT)


class MessagesToUser(Endpoint):
    @operation(
        "send_message",
        "Send a message",
        {201: (MessageSerializer, MESSAGE_EXAMPLE)},
        takes=(NewMessage, {"body": "See you at six?"}),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Only the two of you can read it, unless one of you reports it."""
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        check_can_contact_others(request.user)
        new = NewMessage(data=request.data)
        new.is_valid(raise_exception=True)
        throttle(request, "send_message")
        message = send_message(person, sender=request.user, body=new.validated_data["body"])
        return Response(represent_message(message), status=HTTPStatus.CREATED)

    def read_again(self, request: Request, made: int) -> dict[str, Any]:
        side = request.user.participations.filter(conversation__messages=made).first()
        seen = Message.objects.seen_by(side) if side else Message.objects.none()
        return represent_message(get_object_or_404(seen, pk=made))


def _side(request: Request, pk: int) -> Participant:
    """Return the user's side of a conversation, or raise Http404."""
    sides = Participant.objects.of(request.user).listed().for_list()
    # conversation__pk, because a number too large for the column matches no row there, but raises for conversation.
    return get_object_or_404(sides, conversation__pk=pk)
