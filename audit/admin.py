"""Read-only admin of the audit log, and the base of admin pages that write to it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Manager, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEntry
from audit.services import record
from jobs.admin import JobAdmin
from jobs.models import Job
from microblog.core.admin import ReadOnlyAdmin, SiteModelAdmin, extend


class AuditedAdmin(SiteModelAdmin):
    """Writes additions, changes and deletions to the audit log, with the fields before and after."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        record(f"{self.opts.label_lower}.add", actor=request.user, target=obj, after=_values(obj))
        return super().log_addition(request, obj, message)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            before = {name: form.initial.get(name) for name in form.changed_data}
            after = {name: form.cleaned_data.get(name) for name in form.changed_data}
            record(
                f"{self.opts.label_lower}.change",
                actor=request.user, target=obj, before=_plain(before), after=_plain(after),
            )  # fmt: skip

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        record(f"{self.opts.label_lower}.delete", actor=request.user, target=obj, before=_values(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Delete rows one by one, so that each is logged."""
        for obj in queryset:
            self.delete_model(request, obj)


def _values(obj: Model) -> dict[str, Any]:
    return _plain({field.name: field.value_from_object(obj) for field in obj._meta.concrete_fields})


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Convert field values to JSON types."""
    listed = {
        name: sorted(map(str, value)) if isinstance(value, (QuerySet, Manager, list, set)) else value
        for name, value in values.items()
    }
    plain: dict[str, Any] = json.loads(json.dumps(listed, cls=_Encoder))
    return plain


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return str(o) if isinstance(o, Model) else super().default(o)


@extend(Job)
class LoggedJobs(admin.ModelAdmin):
    """Writes retries of jobs to the audit log, which the lower layer `jobs` cannot import."""

    @admin.action(description=JobAdmin.retry.short_description, permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        jobs = [str(job) for job in queryset[:100]]
        super().retry(request, queryset)
        record("job.retry", actor=request.user, after={"jobs": jobs})


class AreaFilter(admin.SimpleListFilter):
    title = _("area")
    parameter_name = "area"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("case.", _("cases")),
            ("post.", _("posts")),
            ("account.", _("accounts")),
            ("command.", _("commands")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action__startswith=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "actor_name", "action", "target_name", "reason"]
    list_filter = ["created_at", AreaFilter]
    search_fields = ["=actor_name", "=target_name"]
    search_help_text = _("Exact name of the actor or the target")
    date_hierarchy = "created_at"
    ordering = ["-pk"]
