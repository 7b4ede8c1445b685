"""Messages of a source, as conversations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from imports.posts import BODY_LIMIT, TEXT_CHANGED, TOO_LONG
from imports.reports import Outcome
from imports.runs import Importer, Row, Rows, clean
from imports.sources import to_time
from messaging.models import Conversation, Message, Participant

Pair = tuple[int, int]
# Participants that one statement updates: it compares each with each.
UPDATED = 100


class MessageImporter(Importer):
    """
    Imports messages in the order of their times, in which conversations show them.

    The mark has the id `upto` which all messages were imported, and for an import that goes on the id `until` which
    they are read, and how many of these are `done`.
    """

    kind = "messages"
    table = "message"

    @property
    def mark(self) -> dict[str, int]:
        return super().mark or {"upto": 0, "until": 0, "done": 0}

    def count_known(self) -> int:
        return self.source.count("message", f"id <= {self.mark['upto']}") + self.mark["done"]

    def stages(self) -> Iterator[Rows]:
        """Finish what an earlier run began, then read what is newer."""
        readers = self.source.rows("user", ("id", "last_message_read_time"))
        self.read_times: dict[int, datetime] = {pk: time for pk, value in readers if (time := to_time(value))}
        newest = self.source.newest("message")
        columns = ("id", "sender_id", "recipient_id", "body", "timestamp")
        while self.mark["upto"] < newest:
            upto, self.until = self.mark["upto"], self.mark["until"] or newest
            where = f"id > {upto} AND id <= {self.until}"
            rows = self.source.rows("message", columns, order=("timestamp", "id"), where=where)
            yield _skip(rows, self.mark["done"])
            self.run.save_mark(self.kind, {"upto": self.until, "until": 0, "done": 0})

    def mark_after(self, rows: Sequence[Row], outcome: Outcome) -> Any:  # noqa: ARG002 - as in the base class
        return {"upto": self.mark["upto"], "until": self.until, "done": self.mark["done"] + len(rows)}

    def write(self, rows: Sequence[Row], outcome: Outcome) -> None:
        """Add messages to conversations; those since the recipient looked at them last are unread."""
        made = [made for row in rows if (made := self._to_message(row, outcome))]
        outcome.imported += len(made)
        if self.run.dry_run or not made:
            return
        pairs = {_pair(message.sender_id, recipient) for message, recipient, _read in made}
        conversations = _find_conversations(pairs)
        known = Participant.objects.filter(conversation__in=conversations.values()).order_by("pk")
        sides = {(side.user_id, side.other_id): side for side in known.select_for_update()}
        new = _create_conversations(pairs - conversations.keys())
        conversations |= {(one, other): side.conversation_id for (one, other), side in new.items() if one < other}
        sides |= new
        for message, recipient, _read in made:
            message.conversation_id = conversations[_pair(message.sender_id, recipient)]
        Message.objects.bulk_create(message for message, _recipient, _read in made)
        for message, recipient, is_read in made:
            own, others = sides[message.sender_id, recipient], sides[recipient, message.sender_id]
            own.last_message_id = others.last_message_id = message.pk
            if is_read:
                others.read_up_to = message.pk
            else:
                others.unread_count += 1
        Participant.objects.bulk_create(new.values())
        changed = [side for pair, side in sides.items() if pair not in new]
        Participant.objects.bulk_update(changed, ["last_message", "unread_count", "read_up_to"], batch_size=UPDATED)

    def _to_message(self, row: Row, outcome: Outcome) -> tuple[Message, int, bool] | None:
        """Return the message, its recipient and whether that has read it."""
        pk, sender_id, recipient_id, body, timestamp = row
        sender, recipient = self.run.accounts.get(sender_id), self.run.accounts.get(recipient_id)
        text, changes = clean(body), []
        reason = ""
        if sender is None or recipient is None:
            reason = "one of the two users is not there"
        elif sender_id == recipient_id:
            reason = "to the sender themselves"
        elif len(text) > BODY_LIMIT:
            reason = TOO_LONG
        if reason or sender is None or recipient is None:
            outcome.leave_out(pk, reason)
            return None
        if text != body:
            changes.append((TEXT_CHANGED, ""))
        sent_at = to_time(timestamp)
        if sent_at is None:
            changes.append(("no time: that of the younger account", str(timestamp)))
            sent_at = max(sender[1], recipient[1])
        outcome.change(pk, *changes)
        read_at = self.read_times.get(recipient_id)
        return (
            Message(sender_id=sender[0], body=text, sent_at=sent_at),
            recipient[0],
            bool(read_at and sent_at <= read_at),
        )


def _skip(rows: Rows, count: int) -> Rows:
    yield from islice(rows, count, None)


def _pair(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def _find_conversations(pairs: set[Pair]) -> dict[Pair, int]:
    known = Conversation.objects.filter(low__in={low for low, _high in pairs}, high__in={high for _low, high in pairs})
    return {(low, high): pk for pk, low, high in known.values_list("pk", "low", "high") if (low, high) in pairs}


def _create_conversations(pairs: set[Pair]) -> dict[Pair, Participant]:
    """Create conversations, and return their sides, which are not saved, by owner and other."""
    created = Conversation.objects.bulk_create(Conversation(low_id=low, high_id=high) for low, high in sorted(pairs))
    return {
        (user, other): Participant(conversation=conversation, user_id=user, other_id=other)
        for conversation in created
        for user, other in [(conversation.low_id, conversation.high_id), (conversation.high_id, conversation.low_id)]
    }
