"""Querysets of repositories and their issues."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from microblog.core.pagination import Cursor

if TYPE_CHECKING:
    from accounts.models import User
    from repositories.models import Issue, Repository  # noqa: F401 - in the names of types below


class RepositoryQuerySet(QuerySet["Repository"]):
    def named(self, owner: str, name: str) -> Self:
        """Keep the repository with this owner and name, in any case; there is at most one."""
        return self.filter(owner__iexact=owner, name__iexact=name)

    def newest_first(self) -> Self:
        """Order the repositories by the time they were added, the newest first."""
        return self.order_by("-pk")

    def watched_by(self, user: User) -> Self:
        """Keep the repositories that a user watches."""
        return self.filter(watches__user=user)

    def with_is_watched(self, user: User) -> Self:
        """Add `is_watched`: whether a user watches the repository."""
        watched = self.model.objects.watched_by(user).filter(pk=OuterRef("pk"))
        return self.annotate(is_watched=Exists(watched))

    def on_github(self) -> Self:
        """Exclude demo repositories."""
        return self.exclude(next_fetch_at=None)

    def due(self) -> Self:
        """Keep the repositories to be fetched now, the one that is due longest first."""
        return self.filter(next_fetch_at__lte=timezone.now()).order_by("next_fetch_at")

    def limited_until(self) -> datetime | None:
        """Return when GitHub accepts requests of this site again; None if it does now."""
        limited = self.filter(limited_until__gt=timezone.now())
        latest: datetime | None = limited.aggregate(latest=Max("limited_until"))["latest"]
        return latest


class IssueQuerySet(QuerySet["Issue"]):
    def of(self, repository: Repository) -> Self:
        """Keep the issues of one repository."""
        return self.filter(repository=repository)

    def in_state(self, state: str) -> Self:
        """Keep the open or the closed ones."""
        return self.filter(state=state)

    def without_pull_requests(self) -> Self:
        """Keep issues that are not pull requests."""
        return self.filter(is_pull_request=False)

    def pull_requests(self) -> Self:
        """Keep pull requests."""
        return self.filter(is_pull_request=True)

    def labelled(self, label: str) -> Self:
        """Keep the issues with a label, in any case."""
        return self.filter(search_text__contains=f"\n{label.casefold()}\n")

    def matching(self, words: str) -> Self:
        """Keep the issues that have each of these words in the title or in a label, in any case and as parts too."""
        found = self
        for word in words.casefold().split():
            found = found.filter(search_text__contains=word)
        return found

    def newest_first(self) -> Self:
        """Order the issues of one repository by number, the newest first."""
        return self.order_by("-number")

    def window(self, cursor: Cursor) -> Self:
        """Select a page of the issues of one repository; the cursor holds numbers in place of ids."""
        return cursor.window(self, key="number")

    def for_list(self) -> Self:
        """Fetch what a list shows."""
        return self.select_related("repository").defer("search_text")
