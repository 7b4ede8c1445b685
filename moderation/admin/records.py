"""Admin of rules; read-only reports, decisions, appeals, notes and audit log."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from audit.admin import AuditedAdmin
from audit.models import AuditEntry
from microblog.core.admin import extend
from microblog.core.performance.urls import cached_reverse
from moderation.admin.base import CaseRecordAdmin
from moderation.models import Appeal, Case, Decision, Note, Report, Rule


@admin.display(description=_("case"), ordering="case")
def case_link(row: Any) -> str:
    """Link to the page of a row's case."""
    return format_html('<a href="{}">{}</a>', cached_reverse("admin:moderation_case_change", row.case_id), row.case_id)


@admin.register(Rule)
class RuleAdmin(AuditedAdmin):
    list_display = ["position", "text", "retired_at"]
    list_display_links = ["text"]
    list_filter = [("retired_at", admin.EmptyFieldListFilter)]
    search_fields = ["text"]
    ordering = ["position", "pk"]

    def has_delete_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        """Disallow deletion: rules are retired, so that old decisions keep theirs."""
        return False


@admin.register(Report)
class ReportAdmin(CaseRecordAdmin):
    list_display = ["pk", case_link, "reporter", "rule", "comment", "created_at"]
    list_select_related = ["reporter", "rule"]
    list_filter = ["created_at", ("rule", admin.RelatedOnlyFieldListFilter), "case__kind"]
    search_fields = ["=case__pk", "=reporter__username"]
    search_help_text = _("Case number, or exact username of the reporter")
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    fields = ["case", "reporter", "rule", "comment", "evidence", "created_at"]


@admin.register(Decision)
class DecisionAdmin(CaseRecordAdmin):
    list_display = ["pk", case_link, "action", "person", "rule", "reason", "until", "actor_name", "created_at"]
    list_select_related = ["person", "rule"]
    list_filter = ["created_at", "action"]
    search_fields = ["=case__pk", "=person__username", "=actor_name"]
    search_help_text = _("Case number, or exact username of the person or the moderator")
    date_hierarchy = "created_at"
    ordering = ["-pk"]


@admin.register(Appeal)
class AppealAdmin(CaseRecordAdmin):
    list_display = ["pk", "case_link", "text", "created_at", "resolution"]
    list_select_related = ["decision", "resolution"]
    list_filter = ["created_at", ("resolution", admin.EmptyFieldListFilter)]
    search_fields = ["=decision__case__pk", "=decision__person__username"]
    search_help_text = _("Case number, or exact username of the person who appealed")
    date_hierarchy = "created_at"
    ordering = ["-pk"]

    @admin.display(description=_("case"))
    def case_link(self, appeal: Appeal) -> str:
        return case_link(appeal.decision)


@admin.register(Note)
class NoteAdmin(CaseRecordAdmin):
    list_display = ["pk", case_link, "author_name", "text", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["=case__pk", "=author_name", "=case__person__username"]
    search_help_text = _("Case number, or exact username of the author or the person")
    date_hierarchy = "created_at"
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Note]:
        return super().get_queryset(request).select_related("case")


@extend(AuditEntry)
class StaffEntries(admin.ModelAdmin):
    """The audit log without entries of cases about the viewer."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries = super().get_queryset(request)
        own = list(Case.objects.about(request.user).values_list("pk", flat=True))
        if not own:
            return entries
        # In a subquery: without a case in `after` the second condition is NULL, and so is its negation.
        theirs = Q(target_type=Case._meta.label, target_id__in=own) | Q(after__case__in=own)
        return entries.exclude(pk__in=AuditEntry.objects.filter(theirs).values("pk"))
