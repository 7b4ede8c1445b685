"""
How notifications are displayed: an icon, a text and a URL for each kind, in DISPLAYS.

A new kind is a member of Notification.Kind and an item of DISPLAYS.
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

# Issues of a repository are counted up to this number.
LISTED_NUMBERS = 99


@dataclass(frozen=True)
class NotificationGroup:
    """Notifications that the page shows as one row, the newest first."""

    reader: User
    notifications: list[Notification]

    @property
    def newest(self) -> Notification:
        return self.notifications[0]

    @property
    def others(self) -> int:
        """The number of notifications other than the newest."""
        return len(self.notifications) - 1

    @property
    def actor(self) -> User | None:
        return self.newest.actor

    @property
    def avatar_user(self) -> User | None:
        """The user whose avatar is shown, or None if the actor blocks the reader."""
        return None if self.newest.is_blocked_either_way else self.actor

    @property
    def display(self) -> Display:
        return DISPLAYS[self.newest.kind]

    @property
    def text(self) -> SafeString:
        return self.display.text(self)

    @property
    def icon(self) -> str:
        return self.display.icon

    @property
    def url(self) -> str:
        return self.display.url(self)


class Display(NamedTuple):
    """How a kind of notification is displayed: its icon, its text as safe HTML, and the URL of its link."""

    icon: str
    text: Callable[[NotificationGroup], SafeString]
    url: Callable[[NotificationGroup], str]


def group_notifications(notifications: Iterable[Notification], *, reader: User) -> list[NotificationGroup]:
    """Group notifications of the GROUPED kinds: all unread ones of a kind, and the read ones of a kind by day."""
    groups: dict[object, list[Notification]] = {}
    for notification in notifications:
        key: object = notification.pk
        if notification.kind in Notification.GROUPED:
            key = notification.kind, notification.read_at and timezone.localdate(notification.created_at)
        groups.setdefault(key, []).append(notification)
    return [NotificationGroup(reader, group) for group in groups.values()]


def fill(text: str, **values: object) -> SafeString:
    """Fill in the %(name)s placeholders of a translated text. Everything but safe HTML is escaped."""
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return mark_safe(conditional_escape(text) % escaped)  # noqa: S308 - text and values are escaped


def format_name(person: User | None) -> SafeString:
    """Return a username in bold, isolated from the text direction of the sentence."""
    return format_html("<strong><bdi>{}</bdi></strong>", person)


def _followed(group: NotificationGroup) -> SafeString:
    if not group.others:
        return fill(gettext("%(name)s followed you"), name=format_name(group.actor))
    text = ngettext(
        "%(name)s and %(count)s other followed you", "%(name)s and %(count)s others followed you", group.others
    )
    return fill(text, name=format_name(group.actor), count=group.others)


def _mentioned(group: NotificationGroup) -> SafeString:
    return fill(gettext("%(name)s mentioned you"), name=format_name(group.actor))


def _replied(group: NotificationGroup) -> SafeString:
    return fill(gettext("%(name)s replied to you"), name=format_name(group.actor))


def _liked(group: NotificationGroup) -> SafeString:
    others = group.newest.payload["others"]
    if not others:
        return fill(gettext("%(name)s liked your post"), name=format_name(group.actor))
    text = ngettext(
        "%(name)s and %(count)s other liked your post", "%(name)s and %(count)s others liked your post", others
    )
    return fill(text, name=format_name(group.actor), count=others)


def _reposted(group: NotificationGroup) -> SafeString:
    others = group.newest.payload["others"]
    if not others:
        return fill(gettext("%(name)s reposted your post"), name=format_name(group.actor))
    text = ngettext(
        "%(name)s and %(count)s other reposted your post", "%(name)s and %(count)s others reposted your post", others
    )
    return fill(text, name=format_name(group.actor), count=others)


def _post(group: NotificationGroup) -> str:
    return cached_reverse("posts:post", group.newest.key)


def _followers(group: NotificationGroup) -> str:
    return cached_reverse("relationships:followers", group.reader.username)


def _count(numbers: list[int]) -> str:
    return f"{LISTED_NUMBERS}+" if len(numbers) > LISTED_NUMBERS else str(len(numbers))


def _repository(group: NotificationGroup) -> SafeString:
    payload = group.newest.payload
    opened, closed = payload["opened"], payload["closed"]
    if not closed:
        text = gettext("Issues of %(name)s: %(opened)s new")
    elif not opened:
        text = gettext("Issues of %(name)s: %(closed)s closed")
    else:
        text = gettext("Issues of %(name)s: %(opened)s new, %(closed)s closed")
    name = format_html("<strong><bdi>{}</bdi></strong>", payload["name"])
    return fill(text, name=name, opened=_count(opened), closed=_count(closed))


def _fixed(icon: str, text: Promise, page: str) -> Display:
    """Return the display of a kind with a fixed text and a link to a fixed page."""
    return Display(icon, lambda _group: fill(str(text)), lambda _group: cached_reverse(page))


def _about_key(icon: str, text: Promise, page: str, pages: str) -> Display:
    """Return the display of a kind with a fixed text and a link to the page of its key, or to the list of them."""

    def url(group: NotificationGroup) -> str:
        return cached_reverse(page, group.newest.key) if group.newest.key else cached_reverse(pages)

    return Display(icon, lambda _group: fill(str(text)), url)


DISPLAYS: dict[str, Display] = {
    Kind.FOLLOWED: Display("user", _followed, _followers),
    Kind.MENTIONED: Display("at", _mentioned, _post),
    Kind.REPLIED: Display("reply", _replied, _post),
    Kind.LIKED: Display("like", _liked, _post),
    Kind.REPOSTED: Display("repost", _reposted, _post),
    Kind.EXPORT_READY: _fixed("download", _("The archive of your data is ready."), "exports:exports"),
    Kind.EXPORT_FAILED: _fixed("alert", _("The archive of your data could not be created."), "exports:exports"),
    Kind.DECISION: _about_key(
        "shield",
        _("The moderators have made a decision about you."),
        "moderation:decision",
        "moderation:decisions",
    ),
    Kind.REPORT_OUTCOME: _about_key(
        "shield",
        _("The moderators have reviewed your report."),
        "moderation:report",
        "moderation:reports",
    ),
    Kind.GITHUB_LIMIT: _fixed(
        "alert",
        _("GitHub limits the requests of this site. Issues are fetched again when it allows more."),
        "admin:repositories_repository_changelist",
    ),
    Kind.REPOSITORY: Display(
        "repository", _repository, lambda group: cached_reverse("repositories:by_id", group.newest.key)
    ),
}
