"""The API of notifications."""

from __future__ import annotations

from html import unescape
from http import HTTPStatus
from typing import Any

from django.utils.html import strip_tags
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import PERSON_EXAMPLE, PersonSerializer, represent_person
from accounts.models import User
from api.formats import format_time
from api.pagination import by_cursor
from api.schema import BY_CURSOR, cursored, example_list, operation
from api.views import Endpoint
from messaging.api.serializers import UpTo, read_upto
from messaging.notifications.display import NotificationGroup
from messaging.notifications.models import Notification
from messaging.notifications.services import mark_all_notifications_as_read


class NotificationLinksSerializer(serializers.Serializer):
    html = serializers.CharField()


class NotificationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[kind for kind in Notification.Kind.values if kind != "task_progress"])
    text = serializers.CharField(help_text="In the language of the request.")
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


def represent_notification(notification: Notification, reader: User) -> dict[str, Any]:
    """Return the fields of NotificationSerializer as a dictionary."""
    actor = notification.actor
    group = NotificationGroup(reader, [notification])
    return {
        "id": notification.pk,
        "kind": notification.kind,
        "text": unescape(strip_tags(group.text)),
        "created_at": format_time(notification.created_at),
        "read_at": notification.read_at and format_time(notification.read_at),
        "actor": represent_person(actor, by_name_only=notification.is_blocked_either_way) if actor else None,
        "_links": {"html": group.url},
    }


class Notifications(Endpoint):
    @operation(
        "list_notifications",
        "List your notifications",
        {200: (cursored(NotificationSerializer), example_list("/api/notifications", NOTIFICATION_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """The newest come first. Does not mark notifications as read."""
        notifications = Notification.objects.of(request.user).for_list()
        return by_cursor(
            request, lambda cursor: cursor.window(notifications), lambda row: represent_notification(row, request.user)
        )


class ReadNotifications(Endpoint):
    @operation("read_notifications", "Mark notifications as read", {204: (None, None)}, takes=(UpTo, {"upto": 12}))
    def put(self, request: Request) -> Response:
        """Mark this notification and all older ones as read."""
        mark_all_notifications_as_read(request.user, upto=read_upto(request))
        return Response(status=HTTPStatus.NO_CONTENT)
