"""Admin pages of waiting jobs, recurrences and the queues of django-rq."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import django_rq.admin
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_rq.models import Dashboard

from jobs.models import Job, Recurrence
from jobs.outbox import retry_failed
from microblog.core.admin import ReadOnlyAdmin


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("given-up", _("given up")), ("retrying", _("waiting for a retry")), ("new", _("not tried yet"))]

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
    actions = ["retry"]

    @admin.display(description=_("last error"))
    def last_line(self, job: Job) -> str:
        return job.error.strip().rpartition("\n")[2][:200]

    @admin.action(description=_("Retry the selected jobs that were given up"), permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        count = retry_failed(queryset)
        text = ngettext("%(count)d job will be retried.", "%(count)d jobs will be retried.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


@admin.register(Recurrence)
class RecurrenceAdmin(ReadOnlyAdmin):
    list_display = ["task", "due_at"]
    list_filter = ["due_at"]
    search_fields = ["task"]
    search_help_text = None
    date_hierarchy = "due_at"
    ordering = ["due_at"]


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
        # Django's pages of rows need a table, which django-rq's model has not.
        patterns = [entry for entry in mounted if entry.name and not entry.name.endswith(WITHOUT_TABLE)]
        for pattern in patterns:
            pattern.callback = _superusers_only(pattern.callback)
            if pattern.name == "django_rq_cron_job_detail":
                # It unpickles jobs of queues that the settings do not name.
                pattern.callback = _not_found
        return patterns
