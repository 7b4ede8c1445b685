"""All models of the app, where Django looks for them."""

from messaging.conversations.models import Conversation, Message, Participant
from messaging.notifications.models import Notification, SilencedKind

__all__ = ["Conversation", "Message", "Notification", "Participant", "SilencedKind"]
