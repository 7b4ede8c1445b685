"""The API of conversations and messages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import HasConfirmedEmail
from accounts.api.serializers import PersonSerializer
from accounts.models import User
from api.conditions import ETagMixin
from api.errors import Refused
from api.fields import BodyCharField
from api.generics import CreateAPIView, GenericAPIView, ListAPIView, RetrieveAPIView
from api.pagination import ID_SCHEMA, KeysetPagination, parse_parameter
from api.serializers import LinksField, ResourceSerializer
from api.throttling import throttle
from messaging.api.serializers import UpTo
from messaging.conversations.models import Message, Participant
from messaging.conversations.services import delete_conversation, mark_conversation_as_read, send_message
from microblog.core.pagination import LARGEST_ID
from microblog.core.performance.urls import cached_reverse


class MessageSerializer(ResourceSerializer):
    """A private message."""

    id = serializers.IntegerField()
    conversation_id = serializers.IntegerField()
    sender_id = serializers.IntegerField(help_text="The id of the user who wrote it.")
    body = serializers.CharField(initial="See you at six?")
    sent_at = serializers.DateTimeField()


class ConversationSerializer(ResourceSerializer):
    """Your side of a conversation with another user. The cursor of the list is `last_message.id`."""

    id = serializers.IntegerField(source="conversation_id")
    person = PersonSerializer(source="other")
    unread_count = serializers.IntegerField()
    # Never None: listed() excludes conversations without messages.
    last_message = MessageSerializer()
    _links = LinksField(
        self=lambda side: cached_reverse("api:conversation", side.conversation_id),
        messages=lambda side: cached_reverse("api:messages", side.conversation_id),
    )

    def to_representation(self, instance: Participant) -> dict[str, Any]:
        instance.other.is_blocked_either_way = instance.is_blocked_either_way
        return super().to_representation(instance)


class NewMessage(serializers.Serializer):
    body = BodyCharField(limit="MESSAGE_MAX_LENGTH", initial="See you at six?")


@extend_schema_view(get=extend_schema(operation_id="list_conversations", summary="List your conversations"))
class Conversations(ListAPIView):
    """The one with the newest message comes first. `before` and `after` are values of `last_message.id`."""

    pagination_class = KeysetPagination
    cursor_key = "last_message_id"
    serializer_class = ConversationSerializer

    def get_queryset(self) -> QuerySet[Participant]:
        return Participant.objects.of(self.request.user).listed().for_list()


class SideMixin:
    """Views of one conversation, whose object is the caller's side of it."""

    def get_object(self) -> Participant:
        sides = Participant.objects.of(self.request.user).listed().for_list()
        # conversation__pk, because a number too large for the column matches no row, but raises for conversation.
        return get_object_or_404(sides, conversation__pk=self.kwargs["pk"])


@extend_schema_view(get=extend_schema(operation_id="show_conversation", summary="Show a conversation"))
class OneConversation(ETagMixin, SideMixin, RetrieveAPIView):
    """Includes the last message. Does not mark messages as read."""

    throttle_scopes = {"DELETE": "delete"}
    serializer_class = ConversationSerializer

    @extend_schema(
        operation_id="delete_conversation",
        summary="Delete a conversation for yourself",
        parameters=[
            OpenApiParameter(
                "upto", ID_SCHEMA, required=True, description="The id of the newest message that you have seen."
            )
        ],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """The other user keeps it. The response is 409 if there is a newer message than `upto`."""
        side = self.get_object()
        self.check_unchanged(side)
        upto = parse_parameter(request, "upto", 0, LARGEST_ID)
        if upto is None:
            raise Refused("must include upto")
        delete_conversation(side, upto=upto)
        return Response(status=HTTPStatus.NO_CONTENT)


@extend_schema_view(get=extend_schema(operation_id="list_messages", summary="List the messages of a conversation"))
class MessagesOfConversation(SideMixin, ListAPIView):
    """The newest come first. Does not mark messages as read."""

    pagination_class = KeysetPagination
    serializer_class = MessageSerializer

    def get_queryset(self) -> QuerySet[Message]:
        return Message.objects.seen_by(self.get_object())


class ReadConversation(SideMixin, GenericAPIView):
    input_serializer_class = UpTo
    other_errors = frozenset({409})

    @extend_schema(operation_id="read_conversation", summary="Mark a conversation as read")
    def put(self, request: Request, pk: int) -> Response:
        """The response is 409 if there is a newer message than `upto`, which you have not read yet."""
        if not mark_conversation_as_read(self.get_object(), upto=self.validated()["upto"]):
            raise Refused("a newer message has come", HTTPStatus.CONFLICT)
        return Response(status=HTTPStatus.NO_CONTENT)


@extend_schema_view(post=extend_schema(operation_id="send_message", summary="Send a message"))
class MessagesToUser(CreateAPIView):
    """Only the two of you can read it, unless one of you reports it."""

    permission_classes = [*CreateAPIView.permission_classes, HasConfirmedEmail]
    serializer_class = MessageSerializer
    input_serializer_class = NewMessage

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.person = get_object_or_404(User.objects.visible_to(request.user), pk=kwargs["pk"])
        return super().create(request, *args, **kwargs)

    def perform_create(self, data: dict[str, Any]) -> Message:
        throttle(self.request, "send_message")
        return send_message(self.person, sender=self.request.user, body=data["body"])

    def get_created(self, pk: int) -> Message:
        side = self.request.user.participations.filter(conversation__messages=pk).first()
        seen = Message.objects.seen_by(side) if side else Message.objects.none()
        return get_object_or_404(seen, pk=pk)
