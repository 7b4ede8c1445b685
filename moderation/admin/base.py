"""
Base classes of admin pages about cases and of lists with decisions as actions.

Such a list decides about many rows at once, after a confirmation page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import lookup_field
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from microblog.core.admin import ReadOnlyAdmin
from microblog.core.bidi import isolated
from microblog.core.drafts import take_draft
from moderation.bulk.services import newest_decision, request_bulk_decision
from moderation.forms import BulkDecisionForm
from moderation.models import BulkDecision, Decision

# Maximum rows of a bulk decision, and of the confirmation page.
MOST, SHOWN = 2_000, 50
# Maximum reasons why rows were left unchanged, in messages.
MOST_REFUSALS = 5


class CaseRecordAdmin(ReadOnlyAdmin):
    """Cases and what belongs to them, except cases about the viewer."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).visible_to_staff(request.user)


class DecidingAdmin(admin.ModelAdmin):
    """A changelist whose actions are decisions."""

    decisions: Sequence[Decision.Action]
    # Columns of the confirmation page: names of fields or methods.
    shown: Sequence[str]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("moderation.decide_case")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if self.has_decide_permission(request):
            for action in self.decisions:
                actions[action.value] = (_bulk_action(action), action.value, action.label)
        return actions

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.decide_selected)
        return [
            path("decide/", view, name=f"{self.opts.app_label}_{self.opts.model_name}_decide"),
            *super().get_urls(),
        ]

    def decide_selected(self, request: HttpRequest) -> HttpResponse:
        """Apply a decision to the selected rows, or show the confirmation again where the form is invalid."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        draft = take_draft(request)
        form = BulkDecisionForm(request.POST or draft or None)
        back = redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        is_decided = form.is_valid() and not draft
        chosen = form.cleaned_data if form.is_bound else {}
        ids, action = chosen.get("ids"), chosen.get("action")
        if not ids or not action:
            return back
        if action not in self.decisions or len(ids) > MOST:
            raise PermissionDenied
        if not is_decided:
            return self.confirm(request, action, ids, form)
        things = self.get_queryset(request).filter(pk__in=ids)
        bulk = request_bulk_decision(things, action=action, actor=request.user, **form.arguments())
        if not bulk.finished_at:
            return redirect("admin:moderation_bulkdecision_change", bulk.pk)
        self._show_results(request, bulk)
        return back

    def confirm(self, request: HttpRequest, action: str, ids: list[int], form: BulkDecisionForm) -> HttpResponse:
        """Show the rows that a decision affects, and the form for its rule and reason."""
        things = self.get_queryset(request).filter(pk__in=ids).order_by("pk")
        rows = [[lookup_field(name, thing, self)[2] for name in self.shown] for thing in things[:SHOWN]]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": Decision.Action(action).label,
            "question": ngettext(
                "This will affect %(count)d row. Is it the right one?",
                "This will affect %(count)d rows. Are they the right ones?",
                len(ids),
            )
            % {"count": len(ids)},
            "rows": rows,
            "more": len(ids) - len(rows),
            "form": form,
            "seen": newest_decision(),
            "decide_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_decide"),
        }
        return TemplateResponse(request, "admin/moderation/confirm.html", context)

    def _show_results(self, request: HttpRequest, bulk: BulkDecision) -> None:
        text = ngettext("%(decision)s: done once.", "%(decision)s: done %(count)d times.", bulk.done)
        level = messages.SUCCESS if bulk.done else messages.WARNING
        self.message_user(request, text % isolated(decision=bulk.get_action_display(), count=bulk.done), level)
        for sentence in refusals_of(bulk)[:MOST_REFUSALS]:
            self.message_user(request, sentence, messages.WARNING)


def refusals_of(bulk: BulkDecision) -> list[str]:
    """Return how many rows of a bulk decision were left unchanged for which reason, the most frequent first."""
    sentences = []
    for why, count in Counter(bulk.refusals).most_common():
        text = ngettext("%(count)d was left unchanged: %(why)s", "%(count)d were left unchanged: %(why)s", count)
        sentences.append(text % isolated(count=count, why=why))
    return sentences


def _bulk_action(action: Decision.Action) -> Callable[..., HttpResponse | None]:
    """Return a changelist action that shows the confirmation page."""

    def show_confirmation(admin: DecidingAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            text = _("At most %(count)d rows can be decided at once. Please filter the list.")
            admin.message_user(request, text % {"count": MOST}, messages.ERROR)
            return None
        form = BulkDecisionForm(initial={"action": action.value, "ids": ",".join(map(str, ids))})
        return admin.confirm(request, action, ids, form)

    return show_confirmation
