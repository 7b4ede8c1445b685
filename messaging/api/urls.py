"""Addresses of the API about conversations and notifications, below /api/."""

from django.urls import path

from messaging.api import views

urlpatterns = [
    path("users/<int:pk>/messages", views.MessagesToUser.as_view(), name="messages_to_user"),
    path("conversations", views.Conversations.as_view(), name="conversations"),
    path("conversations/<int:pk>", views.OneConversation.as_view(), name="conversation"),
    path("conversations/<int:pk>/messages", views.MessagesOfConversation.as_view(), name="messages"),
    path("conversations/<int:pk>/read", views.ReadConversation.as_view(), name="read_conversation"),
    path("notifications", views.Notifications.as_view(), name="notifications"),
    path("notifications/read", views.ReadNotifications.as_view(), name="read_notifications"),
]
