"""Filters and paginator of the queue of cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from moderation.models import Case


class StateFilter(admin.SimpleListFilter):
    """Filters by state; waiting cases by default."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("appealed", gettext_lazy("with an appeal")),
            ("closed", gettext_lazy("closed")),
            ("all", gettext_lazy("all")),
        ]

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        first, *others = super().choices(changelist)
        yield {**first, "display": gettext_lazy("waiting")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        match self.value():
            case "appealed":
                return queryset.filter(closed_at=None, state=Case.State.APPEALED)
            case "closed":
                return queryset.filter(closed_at__isnull=False)
            case "all":
                return queryset
        return queryset.filter(closed_at=None)


class ClaimFilter(admin.SimpleListFilter):
    title = gettext_lazy("claim")
    parameter_name = "claim"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", gettext_lazy("claimed by me")), ("free", gettext_lazy("unclaimed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        match self.value():
            case "mine":
                return queryset.filter(claimed_by=request.user, claimed_until__gt=timezone.now())
            case "free":
                return queryset.exclude(claimed_until__gt=timezone.now())
        return queryset


class QueuePaginator(Paginator):
    """Selects the keys of a page first, so that joins and subqueries run only for its rows."""

    def page(self, number: int | str) -> Page[Any]:
        page = super().page(number)
        page.object_list = self.object_list.filter(pk__in=page.object_list.values("pk"))
        return page
