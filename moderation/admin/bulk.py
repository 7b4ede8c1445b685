"""Bulk decisions and their progress."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from microblog.core.admin import ReadOnlyAdmin
from moderation.admin.base import refusals_of
from moderation.models import BulkDecision


@admin.register(BulkDecision)
class BulkDecisionAdmin(ReadOnlyAdmin):
    """
    The viewer's own bulk decisions; those of all for administrators.

    What they are about is on the page of the moderator alone: others might read of cases about themselves.
    """

    list_display = ["created_at", "actor_name", "action", "total", "done", "refused", "finished_at"]
    list_filter = ["created_at", "action", ("finished_at", admin.EmptyFieldListFilter)]
    search_fields = ["=actor_name"]
    search_help_text = _("Exact username of the moderator")
    date_hierarchy = "created_at"
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkDecision]:
        bulk_decisions = super().get_queryset(request).defer("ids")
        if request.user.has_perm("moderation.decide_about_staff"):
            return bulk_decisions
        return bulk_decisions.filter(actor=request.user)

    @admin.display(description=_("left unchanged"))
    def refused(self, bulk: BulkDecision) -> int:
        return bulk.refused

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the progress; a fragment that polls while it is in progress."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        bulk = self.get_object(request, object_id)
        if bulk is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        is_own = bulk.actor_id == request.user.pk
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": bulk.get_action_display(),
            "bulk": bulk,
            "is_own": is_own,
            "refusals": refusals_of(bulk) if is_own else [],
        }
        template = "_bulk.html" if request.htmx else "bulk.html"
        return TemplateResponse(request, f"admin/moderation/{template}", context)
