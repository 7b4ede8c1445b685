"""Querysets of entries and snippets, limited to what the viewer may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.db.models.functions import Left

from accounts.querysets import people_unmuted_by, people_visible_to
from microblog.core.changes import AnnouncingQuerySet
from microblog.core.pagination import Cursor

if TYPE_CHECKING:
    from accounts.models import User
    from blog.models import Entry, Publication, Snippet, Tag  # noqa: F401 - in the names of types below

Row = TypeVar("Row", bound="Publication")

UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# Characters in which for_results() looks for the words of a search, to show where they are.
BEGINNING = 15_000
_LATEST = (datetime.max.replace(tzinfo=UTC) - UNIX_EPOCH) // MICROSECOND


def to_position(time: datetime) -> int:
    """Return a time as the id-like number that is its place in lists: microseconds of Unix time."""
    return (time - UNIX_EPOCH) // MICROSECOND


def to_time(position: int) -> datetime:
    """Return the time at a place in lists."""
    return UNIX_EPOCH + min(position, _LATEST) * MICROSECOND


class PublicationQuerySet(AnnouncingQuerySet[Row]):
    """What entries and snippets have in common."""

    # The field with the text that is shown.
    text_field = "body"

    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """
        Keep what the viewer may see: their own texts, and public ones, not hidden, by users visible to them.

        No other code repeats this rule. The rule for users is in accounts.querysets.
        """
        public = Q(status=self.model.Status.PUBLIC, hidden_at=None)
        if viewer.pk is not None:
            public |= Q(author=viewer)
        return self.filter(public, people_visible_to(viewer, "author__"))

    def unmuted_by(self, viewer: User | AnonymousUser) -> Self:
        """Exclude texts by users that the viewer mutes. Lists of all users apply it in addition to visible_to()."""
        return self.filter(people_unmuted_by(viewer, "author__"))

    def by(self, author: User) -> Self:
        """Keep the texts of one user."""
        return self.filter(author=author)

    def published(self) -> Self:
        """Keep public texts, hidden ones too: lists apply it in addition to visible_to()."""
        return self.filter(status=self.model.Status.PUBLIC)

    def drafts(self) -> Self:
        """Keep drafts."""
        return self.filter(status=self.model.Status.DRAFT)

    def newest_first(self) -> Self:
        """Order published texts by the time of publication, the newest first."""
        return self.order_by("-published_at")

    def window(self, cursor: Cursor) -> Self:
        """
        Select a page of published texts, in the order of their publication.

        The cursor holds positions (to_position) in place of ids; like these, the times are unique.
        """
        if cursor.after is not None:
            return self.filter(published_at__gt=to_time(cursor.after)).order_by("published_at")[: cursor.limit]
        if cursor.before is not None:
            return self.filter(published_at__lt=to_time(cursor.before)).newest_first()[: cursor.limit]
        return self.newest_first()[: cursor.limit]

    def for_list(self) -> Self:
        """Fetch what a list shows, without the texts, which are long."""
        return self.select_related("author").defer("body", "body_html")

    def for_results(self) -> Self:
        """Fetch what search results show: as a list, without tags, with the `beginning` of the text."""
        return PublicationQuerySet.for_list(self).annotate(beginning=Left(self.text_field, BEGINNING))

    def for_detail(self) -> Self:
        """Fetch what the page of one text shows."""
        return self.select_related("author")


class EntryQuerySet(PublicationQuerySet["Entry"]):
    text_field = "body_html"

    def tagged(self, tag: Tag) -> Self:
        """Keep the entries with a tag."""
        return self.filter(tags=tag)

    def for_list(self) -> Self:
        """Fetch what a list shows; one query more for the tags."""
        return super().for_list().prefetch_related("tags")

    def for_detail(self) -> Self:
        """Fetch what the page of an entry shows; one query more for the tags."""
        return super().for_detail().prefetch_related("tags")


class SnippetQuerySet(PublicationQuerySet["Snippet"]):
    """The same verbs."""
