"""The queue of cases, and the page of a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from microblog.core.bidi import isolated
from microblog.core.drafts import take_draft
from microblog.core.exceptions import DomainError
from microblog.core.pagination import parse_id
from moderation.admin.base import CaseRecordAdmin, DecidingAdmin
from moderation.admin.queue import ClaimFilter, QueuePaginator, StateFilter
from moderation.forms import CaseForm, NoteForm, ReasonForm
from moderation.models import Appeal, Case, Decision, Note
from moderation.services import cases, decisions
from moderation.services.decisions import sanctions_of
from moderation.services.kinds import KINDS, current_content

Action = Decision.Action
# Hours after which the queue highlights a case as waiting long, and too long.
LONG, TOO_LONG = 24, 72
# Rows per section of a case's page.
SHOWN = 20
EXCERPT = 120
# The form of each action of a case's page that has one.
FORMS_BY_ACTION = {"note": "note_form", "decide": "decision_form", "reverse": "reason_form", "appeal": "reason_form"}


@admin.register(Case)
class CaseAdmin(DecidingAdmin, CaseRecordAdmin):
    list_display = ["number", "waiting", "about", "excerpt", "report_count"]
    list_display_links = ["number"]
    list_filter = [StateFilter, ClaimFilter, "kind", "opened_at"]
    search_fields = ["=pk", "=person_name"]
    search_help_text = gettext_lazy("Case number, or exact username")
    ordering = ["ranked_at"]
    paginator = QueuePaginator
    decisions = [Action.DISMISS, *Decision.SANCTIONS]
    shown = ["number", "about", "excerpt", "report_count"]

    class Media:
        css = {"all": ["moderation/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return super().get_queryset(request).for_queue()

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, case: Case) -> int:
        return case.pk

    @admin.display(description=gettext_lazy("about"), ordering="person_name")
    def about(self, case: Case) -> str:
        kinds = [case.get_kind_display(), *([case.get_state_display()] if case.state != Case.State.OPEN else [])]
        return format_html("{}<br>{}", case.person_name, " · ".join(map(str, kinds)))

    @admin.display(description=gettext_lazy("what was reported"))
    def excerpt(self, case: Any) -> str:
        evidence = case.evidence or {}
        return Truncator(evidence.get("title") or evidence.get("text", "")).chars(EXCERPT)

    @admin.display(description=gettext_lazy("waiting"), ordering="opened_at")
    def waiting(self, case: Case) -> str:
        if case.closed_at:
            return "–"
        hours = (timezone.now() - case.opened_at).total_seconds() / 3600
        level = "too-long" if hours > TOO_LONG else "long" if hours > LONG else "short"
        claim = _("claimed by %(username)s") % isolated(username=case.claimed_by) if case.is_claimed else ""
        text = '<span class="mb-waits mb-waits--{}">{}</span> {}'
        return format_html(text, level, timesince(case.opened_at, depth=1), claim)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a case with its reports, decisions and history, and apply an action."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        draft = take_draft(request)
        drafts = {FORMS_BY_ACTION[draft["do"]]: draft} if draft.get("do") in FORMS_BY_ACTION else {}
        forms: dict[str, Form] = {
            "decision_form": CaseForm(initial=self._proposal(case) | drafts.get("decision_form", {})),
            "note_form": NoteForm(initial=drafts.get("note_form")),
            "reason_form": ReasonForm(initial=drafts.get("reason_form")),
        }
        if request.method == "POST":
            if not self.has_decide_permission(request):
                raise PermissionDenied
            response = self._act(request, case, forms)
            if response:
                return response
            case = Case.objects.select_related("person", "claimed_by").get(pk=case.pk)
        return TemplateResponse(request, "admin/moderation/case.html", self._context(request, case, forms))

    @staticmethod
    def _proposal(case: Case) -> dict[str, Any]:
        """Return the initial data of the decision form: the rule of the first report."""
        rule = case.reports.order_by("pk").values_list("rule", flat=True).first()
        return {"rule": rule, "seen": case.decision_count}

    def _act(self, request: HttpRequest, case: Case, forms: dict[str, Form]) -> HttpResponse | None:
        """Apply the action of a button; return None when its form is invalid or it is refused."""
        acts: dict[str, Callable[..., str | None]] = {
            "claim": self._claim,
            "release": self._release,
            "note": self._note,
            "decide": self._decide,
            "reverse": self._reverse,
            "appeal": self._appeal,
        }
        act = acts.get(request.POST.get("do", ""))
        if act is None:
            return redirect(request.path)
        try:
            message = act(request, case, forms)
        except DomainError as error:
            self.message_user(request, str(error.message), messages.ERROR)
            return None
        if message is None:
            return None
        if message:
            self.message_user(request, message, messages.SUCCESS)
            return redirect("admin:moderation_case_changelist")
        return redirect(request.path)

    def _claim(self, request: HttpRequest, case: Case, forms: dict[str, Form]) -> str:
        cases.claim_case(case, actor=request.user)
        return ""

    def _release(self, request: HttpRequest, case: Case, forms: dict[str, Form]) -> str:
        cases.release_case(case, actor=request.user)
        return ""

    def _note(self, request: HttpRequest, case: Case, forms: dict[str, Form]) -> str | None:
        form = forms["note_form"] = NoteForm(request.POST)
        if not form.is_valid():
            return None
        cases.add_note(case, actor=request.user, text=form.cleaned_data["text"])
        return ""

    def _decide(self, request: HttpRequest, case: Case, forms: dict[str, Form]) -> str | None:
        form = forms["decision_form"] = CaseForm(request.POST)
        if not form.is_valid():
            return None
        seen, action = form.cleaned_data["seen"], form.cleaned_data["action"]
        return self._success_message(
            decisions.decide(case, action=action, actor=request.user, seen=seen, **form.arguments())
        )

    def _reverse(self, request: HttpRequest, case: Case, forms: dict[str, Form]) -> str | None:
        form = forms["reason_form"] = ReasonForm(request.POST)
        if not form.is_valid():
            return None
        decision = get_object_or_404(case.decisions, pk=parse_id(request.POST, "decision"))
        return self._success_message(
            decisions.reverse_decision(decision, actor=request.user, reason=form.cleaned_data["reason"])
        )

    def _appeal(self, request: HttpRequest, case: Case, forms: dict[str, Form]) -> str | None:
        form = forms["reason_form"] = ReasonForm(request.POST)
        if not form.is_valid():
            return None
        appeal = get_object_or_404(Appeal, decision__case=case, pk=parse_id(request.POST, "appeal"))
        return self._success_message(
            decisions.decide_appeal(
                appeal,
                actor=request.user,
                is_granted=request.POST.get("resolution") == "grant",
                reason=form.cleaned_data["reason"],
            )
        )

    @staticmethod
    def _success_message(decision: Decision) -> str:
        return _("%(case)s: %(decision)s. The people concerned are notified.") % isolated(
            case=decision.case, decision=decision.get_action_display()
        )

    def _context(self, request: HttpRequest, case: Case, forms: dict[str, Form]) -> dict[str, Any]:
        decisions = list(
            case.decisions.select_related("rule", "appeal__resolution", "reversal", "reverses").order_by("pk")
        )
        reports = list(case.reports.select_related("reporter", "rule").order_by("pk")[:SHOWN])
        now = current_content(case)
        is_others = case.is_claimed_for(request.user)
        is_about_staff = not cases.can_decide(case, request.user)
        return {
            **self.admin_site.each_context(request),
            **forms,
            "opts": self.opts,
            "title": str(case),
            "case": case,
            "reports": reports,
            "more_reports": case.report_count - len(reports),
            "evidence": self._versions(reports),
            "now": now,
            "content": KINDS[case.kind].snapshot(now) if now else None,
            "decisions": decisions,
            "notes": case.notes.order_by("pk"),
            "history": history_of(case.person, request.user, leave_out=case.pk) if case.person else None,
            "is_mine": case.is_claimed and case.claimed_by_id == request.user.pk,
            "is_others": is_others,
            "can_decide": self.has_decide_permission(request) and not is_about_staff and not is_others,
            "is_about_staff": is_about_staff,
            "actions": [Action.DISMISS, *(sanctions_of(case) if case.person_id else [])],
        }

    @staticmethod
    def _versions(reports: list[Any]) -> list[Any]:
        """Return the reports whose evidence differs from the previous report's."""
        versions: list[Any] = []
        for report in reports:
            if report.evidence and (not versions or versions[-1].evidence != report.evidence):
                versions.append(report)
        return versions


def history_of(person: User, viewer: Any, *, leave_out: int = 0) -> dict[str, Any]:
    """Return the latest cases, decisions and notes about a person, except those about the viewer."""
    decisions = Decision.objects.visible_to_staff(viewer).about(person).exclude(case=leave_out).order_by("-pk")
    notes = Note.objects.visible_to_staff(viewer).filter(case__person=person).exclude(case=leave_out).order_by("-pk")
    cases = Case.objects.visible_to_staff(viewer).about(person).exclude(pk=leave_out)
    return {"cases": cases[:SHOWN], "decisions": decisions[:SHOWN], "notes": notes[:SHOWN]}
