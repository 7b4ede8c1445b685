"""The API of notifications."""

from __future__ import annotations

from html import unescape
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.utils.html import strip_tags
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import PersonSerializer
from api.generics import GenericAPIView, ListAPIView
from api.pagination import KeysetPagination
from api.serializers import LinksField, ResourceSerializer
from messaging.api.serializers import UpTo
from messaging.notifications.display import NotificationGroup
from messaging.notifications.models import Notification
from messaging.notifications.services import mark_all_notifications_as_read


class NotificationSerializer(ResourceSerializer):
    """What happened, and who did it."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[kind for kind in Notification.Kind.values if kind != "task_progress"])
    text = serializers.CharField(initial="susan followed you", help_text="In the language of the request.")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    actor = PersonSerializer(allow_null=True)
    _links = LinksField(html=lambda notification: notification.group.url)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        instance.group = NotificationGroup(self.context["request"].user, [instance])
        instance.text = unescape(strip_tags(instance.group.text))
        if instance.actor:
            instance.actor.is_blocked_either_way = instance.is_blocked_either_way
        return super().to_representation(instance)


@extend_schema_view(get=extend_schema(operation_id="list_notifications", summary="List your notifications"))
class Notifications(ListAPIView):
    """The newest come first. Does not mark notifications as read."""

    pagination_class = KeysetPagination
    serializer_class = NotificationSerializer

    def get_queryset(self) -> QuerySet[Notification]:
        return Notification.objects.of(self.request.user).for_list()


class ReadNotifications(GenericAPIView):
    input_serializer_class = UpTo

    @extend_schema(operation_id="read_notifications", summary="Mark notifications as read")
    def put(self, request: Request) -> Response:
        """Mark this notification and all older ones as read."""
        mark_all_notifications_as_read(request.user, upto=self.validated()["upto"])
        return Response(status=HTTPStatus.NO_CONTENT)
