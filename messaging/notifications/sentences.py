"""
What a notification says, and where it leads: one entry of SENTENCES for each kind.

A new kind is a member of Notification.Kind and an entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from messaging.notifications.models import Notification
from microblog.core.performance.urls import cached_reverse

Kind = Notification.Kind


@dataclass(frozen=True)
class Entry:
    """What stands as one on the page of notifications: notifications that are told together, the newest first."""

    reader: User
    notifications: list[Notification]

    @property
    def newest(self) -> Notification:
        return self.notifications[0]

    @property
    def others(self) -> int:
        """Count what is told along with the newest."""
        return len(self.notifications) - 1

    @property
    def actor(self) -> User | None:
        return self.newest.actor

    @property
    def pictured(self) -> User | None:
        """Return the user whose avatar is shown: none of those who block the reader."""
        return None if self.newest.is_blocked_either_way else self.actor

    @property
    def sentence(self) -> Sentence:
        return SENTENCES[self.newest.kind]

    @property
    def text(self) -> SafeString:
        return self.sentence.says(self)

    @property
    def icon(self) -> str:
        return self.sentence.icon

    @property
    def leads_to(self) -> str:
        return self.sentence.leads_to(self)


class Sentence(NamedTuple):
    """How a kind of notification is told: the icon beside it, its text as safe HTML, and the page that it leads to."""

    icon: str
    says: Callable[[Entry], SafeString]
    leads_to: Callable[[Entry], str]


def entries(notifications: Iterable[Notification], *, reader: User) -> list[Entry]:
    """Put together what is told together: of such a kind all that is unread, and each day of what was read."""
    groups: dict[object, list[Notification]] = {}
    for notification in notifications:
        key: object = notification.pk
        if notification.kind in Notification.GROUPED:
            key = notification.kind, notification.read_at and timezone.localdate(notification.created_at)
        groups.setdefault(key, []).append(notification)
    return [Entry(reader, group) for group in groups.values()]


def fill(text: str, **values: object) -> SafeString:
    """Put values into the %(name)s of a translated text; all that is not safe HTML is escaped."""
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return mark_safe(conditional_escape(text) % escaped)  # noqa: S308 - escaped on both sides


def name_of(person: User | None) -> SafeString:
    """Write a person's name so that it stands out, and its direction does not turn the sentence around."""
    return format_html("<strong><bdi>{}</bdi></strong>", person)


def _followed(entry: Entry) -> SafeString:
    if not entry.others:
        return fill(gettext("%(name)s followed you"), name=name_of(entry.actor))
    text = ngettext(
        "%(name)s and %(count)s other followed you", "%(name)s and %(count)s others followed you", entry.others
    )
    return fill(text, name=name_of(entry.actor), count=entry.others)


def _mentioned(entry: Entry) -> SafeString:
    return fill(gettext("%(name)s mentioned you"), name=name_of(entry.actor))


def _followers(entry: Entry) -> str:
    return cached_reverse("relationships:followers", entry.reader.username)


def _fixed(icon: str, text: Promise, page: str) -> Sentence:
    """Make the sentence of a kind that always says the same and leads to the page of a name."""
    return Sentence(icon, lambda _entry: fill(str(text)), lambda _entry: cached_reverse(page))


def _about_key(icon: str, text: Promise, page: str, pages: str) -> Sentence:
    """Make the sentence of a kind that always says the same and leads to the page about its key, else to them all."""

    def leads_to(entry: Entry) -> str:
        return cached_reverse(page, entry.newest.key) if entry.newest.key else cached_reverse(pages)

    return Sentence(icon, lambda _entry: fill(str(text)), leads_to)


SENTENCES: dict[str, Sentence] = {
    Kind.FOLLOWED: Sentence("user", _followed, _followers),
    Kind.MENTIONED: Sentence("at", _mentioned, lambda entry: cached_reverse("posts:post", entry.newest.key)),
    Kind.EXPORT_READY: _fixed("download", _("The archive of your data is ready."), "exports:exports"),
    Kind.EXPORT_FAILED: _fixed("alert", _("The archive of your data could not be made."), "exports:exports"),
    Kind.DECISION: _about_key(
        "shield",
        _("The people who run the site have decided something about you."),
        "moderation:decision",
        "moderation:decisions",
    ),
    Kind.REPORT_OUTCOME: _about_key(
        "shield",
        _("The people who run the site have looked at your report."),
        "moderation:report",
        "moderation:reports",
    ),
}
