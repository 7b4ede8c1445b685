"""URLs of conversations and notifications."""

from django.urls import path

from messaging.conversations import views as conversations
from messaging.notifications import views as notifications

app_name = "messaging"

urlpatterns = [
    path("messages", conversations.conversations, name="conversations"),
    path("messages/<str:username>", conversations.thread, name="thread"),
    path("messages/<str:username>/delete", conversations.delete, name="delete"),
    path("send_message/<str:username>", conversations.send, name="send"),
    path("notifications", notifications.notifications, name="notifications"),
    path("settings/notifications", notifications.notification_settings, name="notification_settings"),
    path("notifications/read", notifications.read_all, name="read_all"),
    path("notifications/<int:pk>", notifications.open_notification, name="open_notification"),
    path("notifications/<int:pk>/read", notifications.read, name="read"),
]
