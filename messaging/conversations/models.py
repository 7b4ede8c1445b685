"""Conversations between two users."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.conversations.querysets import MessageQuerySet, ParticipantQuerySet
from microblog.core.checks import POST_MAX_LENGTH_CEILING
from microblog.core.performance.urls import cached_reverse
from microblog.core.text import CODE_POINTS_PER_CHARACTER


class Conversation(models.Model):
    """The conversation of two users; each pair has at most one."""

    # `low` has the lower id, so that a pair has one order.
    low = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    high = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            # Serves send_message().
            models.UniqueConstraint(fields=["low", "high"], name="conversation_low_high_unique"),
            models.CheckConstraint(condition=models.Q(low__lt=models.F("high")), name="conversation_lower_id_first"),
        ]

    def __str__(self) -> str:
        return f"{self.low_id} – {self.high_id}"


class Participant(models.Model):
    """
    One side of a conversation: what its owner has read, and deleted for themselves.

    Changes only in transactions that lock the row of the owner, which has the sum of the unread counts.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="participations", db_index=False
    )
    # The user that the owner writes to.
    other = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The newest message; None if the owner has deleted all of them.
    last_message = models.ForeignKey(
        "messaging.Message", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    unread_count = models.PositiveIntegerField(default=0)
    # Ids of messages: later ones are unread, or not deleted.
    read_up_to = models.PositiveBigIntegerField(default=0)
    deleted_up_to = models.PositiveBigIntegerField(default=0)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        indexes = [
            # Serves the list of conversations.
            models.Index(fields=["user", "-last_message"], name="participant_user_last_idx"),
            # Serves Message.last_message's deletion.
            models.Index(fields=["last_message"], name="participant_last_message_idx"),
        ]
        constraints = [
            # Serves ParticipantQuerySet.with_person() and send_message().
            models.UniqueConstraint(fields=["user", "other"], name="participant_user_other_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.other_id}"

    def get_absolute_url(self) -> str:
        return cached_reverse("messaging:thread", self.other.username)


class Message(models.Model):
    """A private message. Ids increase with time."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sender"),
        on_delete=models.CASCADE,
        related_name="messages_sent",
        db_index=False,
    )
    body = models.TextField(_("text"))
    sent_at = models.DateTimeField(_("sent at"), default=timezone.now, editable=False)
    # Derived from the form's key and the content (core.fields), so that sending a form twice sends one message.
    submission_key = models.UUIDField(null=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            # Serves the pages of a conversation.
            models.Index(fields=["conversation", "-id"], name="message_conversation_id_idx"),
        ]
        constraints = [
            # Serves send_message(), and the deletion of an account.
            models.UniqueConstraint(fields=["sender", "submission_key"], name="message_submission_unique"),
            # The ceiling of MESSAGE_MAX_LENGTH; forms check the setting itself.
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("body"), POST_MAX_LENGTH_CEILING * CODE_POINTS_PER_CHARACTER),
                name="message_body_length",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender_id}: {self.pk}"
