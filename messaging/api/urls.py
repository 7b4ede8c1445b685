"""URLs of the API of conversations and notifications, below /api/."""

from django.urls import path

from messaging.conversations import api as conversations
from messaging.notifications import api as notifications

urlpatterns = [
    path("users/<int:pk>/messages", conversations.MessagesToUser.as_view(), name="messages_to_user"),
    path("conversations", conversations.Conversations.as_view(), name="conversations"),
    path("conversations/<int:pk>", conversations.OneConversation.as_view(), name="conversation"),
    path("conversations/<int:pk>/messages", conversations.MessagesOfConversation.as_view(), name="messages"),
    path("conversations/<int:pk>/read", conversations.ReadConversation.as_view(), name="read_conversation"),
    path("notifications", notifications.Notifications.as_view(), name="notifications"),
    path("notifications/read", notifications.ReadNotifications.as_view(), name="read_notifications"),
]
