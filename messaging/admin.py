"""Conversations, messages and notifications in the admin, without their texts."""

from django.contrib import admin

from messaging.models import Conversation, Message, Notification, Participant, SilencedKind
from microblog.core.admin import ReadOnlyAdmin


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ["pk", "low", "high"]
    list_select_related = ["low", "high"]
    search_fields = ["=low__username", "=high__username"]
    ordering = ["-pk"]


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    list_display = ["user", "other", "unread_count"]
    list_select_related = ["user", "other"]
    list_filter = [("last_message", admin.EmptyFieldListFilter)]
    search_fields = ["=user__username", "=other__username"]
    ordering = ["-pk"]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Messages without their text: staff read only reported messages."""

    list_display = ["pk", "sender", "conversation", "sent_at"]
    list_select_related = ["sender", "conversation"]
    list_filter = ["sent_at"]
    search_fields = ["=sender__username", "=conversation__pk"]
    date_hierarchy = "sent_at"
    ordering = ["-pk"]
    fields = ["conversation", "sender", "sent_at"]


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["pk", "user", "kind", "created_at", "read_at"]
    list_select_related = ["user"]
    list_filter = ["created_at", "kind", ("read_at", admin.EmptyFieldListFilter)]
    search_fields = ["=user__username"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]


@admin.register(SilencedKind)
class SilencedKindAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind"]
    list_select_related = ["user"]
    list_filter = ["kind"]
    search_fields = ["=user__username"]
    ordering = ["-pk"]
