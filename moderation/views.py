"""Pages for reports, and for decisions about the user."""

from __future__ import annotations

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from microblog.core.bidi import isolated
from microblog.core.drafts import take_draft
from microblog.core.exceptions import DomainError
from microblog.core.limits import format_longest_period
from microblog.core.pagination import paginate
from moderation.forms import AppealForm, ReportForm
from moderation.models import Case, Decision, Report
from moderation.services import decisions as decision_services
from moderation.services import reports as report_services
from moderation.services.kinds import KINDS, kind_of


@require_http_methods(["GET", "HEAD", "POST"])
def report_content(request: HttpRequest, kind: Case.Kind, pk: int) -> HttpResponse:
    """Report a received message, a post that mentions the user, or content that is visible to them."""
    return _report(request, report_services.find_reportable(kind, pk, reporter=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def report_person(request: HttpRequest, username: str) -> HttpResponse:
    """Report a user, including one that blocks the reporter."""
    people = User.objects.actionable_by(request.user)
    return _report(request, people.by_username(username).first())


def _report(request: HttpRequest, thing: Model | None) -> HttpResponse:
    if thing is None:
        raise Http404
    form = ReportForm(request.POST or None, initial=take_draft(request))
    if form.is_valid():
        if ratelimit.consume(request, action="report", user=request.user):
            try:
                made = report_services.report(thing, actor=request.user, **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Thank you. The moderators will review it and notify you of the outcome."))
                return redirect(made)
        else:
            wait = isolated(time=format_longest_period("report"))
            form.add_error(
                None, _("You have reported a lot in a short time. Wait up to %(time)s, then try again.") % wait
            )
    kind = kind_of(thing)
    heading = KINDS[kind].report % isolated(username=KINDS[kind].person(thing).username)
    context = {"form": form, "thing": thing, "kind": kind.value, "heading": heading}
    return render(request, "moderation/report_form.html", context)


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """List the user's reports."""
    own = Report.objects.by(request.user)
    page = paginate(request, lambda cursor: cursor.window(own), size=settings.POSTS_PER_PAGE)
    return render(request, "moderation/reports.html", {"page": page})


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one of the user's reports by case number, with its outcome."""
    found = get_object_or_404(Report.objects.by(request.user), case__pk=pk)
    return render(request, "moderation/report.html", {"report": found, "case": found.case})


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """List the decisions about the user."""
    own = Decision.objects.about(request.user)
    page = paginate(request, lambda cursor: cursor.window(own), size=settings.POSTS_PER_PAGE)
    return render(request, "moderation/decisions.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a decision about the user with its reasons, and accept an appeal."""
    found = get_object_or_404(Decision.objects.about(request.user), pk=pk)
    form = None
    if decision_services.can_appeal(found, request.user):
        form = AppealForm(request.POST or None, initial=take_draft(request))
    if form and form.is_valid():
        try:
            decision_services.appeal(found, actor=request.user, text=form.cleaned_data["text"])
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Your appeal was sent. Another moderator will decide on it."))
            return redirect(found)
    context = {"decision": found, "form": form, "evidence": _evidence_of(found)}
    return render(request, "moderation/decision.html", context)


def _evidence_of(decision: Decision) -> dict[str, str]:
    """Return the evidence of the first report of a decision's case; empty once it was deleted."""
    evidence = decision.case.reports.order_by("pk").values_list("evidence", flat=True)
    return evidence.first() or {}


@require_safe
def suspended(request: HttpRequest) -> HttpResponse:
    """Show a suspended user the reason, the end, and what they can do."""
    if request.user.suspended_at is None:
        return redirect("posts:home")
    latest = (
        Decision.objects.about(request.user).in_effect().filter(action=Decision.Action.SUSPEND).order_by("pk").last()
    )
    context = {"decision": latest, "evidence": _evidence_of(latest) if latest else {}}
    return render(request, "moderation/suspended.html", context)
