"""Operators' view of the jobs that wait, and of the queues of django-rq."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import django_rq.admin
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_rq.models import Dashboard

from microblog.core.bounded_admin import BoundedAdmin
from microblog.core.jobs import start_again
from microblog.core.models import IdempotentRequest, Job, Recurrence

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class SiteModelAdmin(BoundedAdmin):
    """The base of all admin pages of the site: lists that filter by what they offer, and nothing else."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    # Pages link to the site where that helps; Django's own view for it would open any row to all staff.
    view_on_site = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """
        Allow the parameters that the filters of the list and its dates generate, by their whole names.

        By any other lookup, the rows found would reveal columns and related rows that the list does not show.
        """
        dates = self.date_hierarchy
        if dates and lookup in (f"{dates}__year", f"{dates}__month", f"{dates}__day"):
            return True
        return any(lookup in self._parameters(entry, request) for entry in self.get_list_filter(request))

    def _parameters(self, entry: Any, request: HttpRequest) -> list[str | None]:
        """Return the parameters of a filter, which is made as Django's list makes it."""
        if callable(entry):
            return entry(request, {}, self.model, self).expected_parameters()
        path, make = entry if isinstance(entry, (tuple, list)) else (entry, admin.FieldListFilter.create)
        field = get_fields_from_path(self.model, path)[-1]
        return make(field, request, {}, self.model, self, field_path=path).expected_parameters()


class ReadOnlyAdmin(SiteModelAdmin):
    """Facts to look up, which change through services alone."""

    # What is searched for is the whole of a name or number: that is what an index serves.
    search_help_text: ClassVar[StrOrPromise | None] = _("Exact username or number")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("given-up", _("given up")), ("retrying", _("tried and waiting")), ("new", _("not tried yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        match self.value():
            case "given-up":
                return queryset.exclude(failed_at=None)
            case "retrying":
                return queryset.filter(failed_at=None, attempts__gt=0)
            case "new":
                return queryset.filter(attempts=0)
        return queryset


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "queue", "created_at", "due_at", "attempts", "last_line", "failed_at"]
    list_filter = [StateFilter, "queue"]
    search_fields = ["task"]
    search_help_text = None
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    actions = ["try_again"]

    @admin.display(description=_("last error"))
    def last_line(self, job: Job) -> str:
        return job.error.strip().rpartition("\n")[2][:200]

    @admin.action(description=_("Start again the selected jobs that were given up"), permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        count = start_again(queryset)
        text = ngettext("%(count)d job was started again.", "%(count)d jobs were started again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


@admin.register(Recurrence)
class RecurrenceAdmin(ReadOnlyAdmin):
    list_display = ["task", "due_at"]
    list_filter = ["due_at"]
    search_fields = ["task"]
    search_help_text = None
    date_hierarchy = "due_at"
    ordering = ["due_at"]


@admin.register(IdempotentRequest)
class IdempotentRequestAdmin(ReadOnlyAdmin):
    """Requests that are answered once; what was answered is nobody else's business."""

    list_display = ["scope", "status", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["=scope"]
    search_help_text = None
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    exclude = ["fingerprint", "answer", "headers"]


WITHOUT_TABLE = ("dashboard_add", "dashboard_change", "dashboard_delete", "dashboard_history")


def _superusers_only(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not settings.REDIS_URL:
            raise Http404("There is no Redis, and so there are no queues to show.")
        if not request.user.is_superuser:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapper


def _not_found(request: HttpRequest, **arguments: Any) -> NoReturn:
    raise Http404("A job of the scheduler is deleted as soon as it is done.")


@admin.register(Dashboard)
class DashboardAdmin(django_rq.admin.QueueAdmin):
    """django-rq's dashboard, which can delete and requeue anything: for superusers alone."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser and bool(settings.REDIS_URL)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_urls(self) -> list[Any]:
        mounted: list[Any] = super().get_urls()  # type: ignore[no-untyped-call] # django-rq has no types here
        # Django's pages of rows: there is no table.
        patterns = [entry for entry in mounted if entry.name and not entry.name.endswith(WITHOUT_TABLE)]
        for pattern in patterns:
            pattern.callback = _superusers_only(pattern.callback)
            if pattern.name == "django_rq_cron_job_detail":
                # It reads with pickle what is left of queues that the settings do not name.
                pattern.callback = _not_found
        return patterns
