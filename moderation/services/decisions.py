"""Decisions about cases and appeals: with an actor, a rule and a reason, logged and notified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import lift_suspension, suspend_user
from audit.services import make_entry, record, record_each
from microblog.core.exceptions import DomainError
from moderation import tasks
from moderation.models import Appeal, Case, Decision, Report, Rule
from moderation.services.cases import (
    ALREADY_HIDDEN,
    AlreadyDecided,
    CannotDecide,
    can_others_decide,
    check_free_for,
    lock_case,
    settle_cases,
)
from moderation.services.kinds import KINDS, hiding_by
from moderation.services.reports import report

Action = Decision.Action


class CannotAppeal(DomainError):
    """The decision was reversed, is too old, or was appealed already."""


class Refused(Exception):
    """Decisions about some of several cases were refused; `errors` has the reason for each by the id of its case."""

    def __init__(self, errors: Mapping[int, DomainError]) -> None:
        super().__init__(errors)
        self.errors = errors


class NeedsOtherModerator(DomainError):
    """The moderator who made the decision may not decide the appeal."""

    def __init__(self) -> None:
        super().__init__(_("You made the decision that this appeal is about, so another moderator must decide it."))


@transaction.atomic
def decide(
    case: Case,
    *,
    action: str,
    actor: User,
    rule: Rule | None = None,
    reason: str = "",
    until: datetime | None = None,
    seen: int = 0,
) -> Decision:
    """
    Decide a case and apply the decision: dismiss it, warn the person, hide the content or suspend the person.

    `seen` is the number of decisions that the actor has seen. The case closes; jobs notify the person and reporters.
    The case's row is locked. Raise AlreadyDecided when there are more decisions than `seen`, CaseClaimed while another
    user claims it, CannotDecide when the actor may not decide or the decision is not applicable.
    """
    case = lock_case(case, actor=actor, seen=seen)
    return _apply(case, action, actor, rule=rule, reason=reason, until=until)


@transaction.atomic
def decide_about(
    thing: Model, *, action: str, actor: User, rule: Rule | None, reason: str, until: datetime | None = None
) -> Decision:
    """Decide about content or a person without a report, as decide() does; the actor's report opens the case."""
    if rule is None:
        raise CannotDecide(_("Choose a rule and write a reason."))
    case = report(thing, actor=actor, rule=rule).case
    check_free_for(case, actor)
    return _apply(case, action, actor, rule=rule, reason=reason, until=until)


def _apply(
    case: Case, action: str, actor: User, *, rule: Rule | None, reason: str, until: datetime | None
) -> Decision:
    """Apply a decision to a locked case that the actor may decide."""
    try:
        (decision,) = apply_to_each([case], action, actor, rule=rule, reason=reason, until=until)
    except Refused as refused:
        raise refused.errors[case.pk] from None
    return decision


def apply_to_each(
    cases: Sequence[Case], action: str, actor: User, *, rule: Rule | None, reason: str, until: datetime | None
) -> list[Decision]:
    """
    Apply a decision to locked cases that the actor may decide, and return the decisions.

    Except for suspensions, the number of statements does not depend on that of cases. Raise Refused, so that the
    caller's transaction ends, if it is not applicable to one or more of them.
    """
    errors: dict[int, DomainError] = {
        case.pk: error for case in cases if (error := _check_applicable(case, action, rule, reason))
    }
    cases = [case for case in cases if case.pk not in errors]
    details = {case.pk: {"case": case.pk, "rule": rule.text if rule else None} for case in cases}
    if hiding := hiding_by(action):
        case_of = {case.target_id: case.pk for case in cases}
        given = {pk: details[case] for pk, case in case_of.items()}
        hidden = hiding.hide(given, actor=actor, reason=reason, rule=rule.text if rule else "")
        done = {case_of[pk] for pk in hidden}
        errors |= {case.pk: CannotDecide(ALREADY_HIDDEN) for case in cases if case.pk not in done}
    elif action == Action.SUSPEND:
        for case in cases:
            try:
                suspend_user(case.person, actor=actor, reason=reason, until=until, details=details[case.pk])
            except DomainError as error:
                errors[case.pk] = error
    else:
        record_each(
            make_entry(f"case.{action}", actor=actor, target=case, reason=reason, after=details[case.pk])
            for case in cases
        )
    if errors:
        raise Refused(errors)
    decisions = Decision.objects.bulk_create(
        _make_decision(case, action, actor, rule=rule, reason=reason, until=until) for case in cases
    )
    _settle_and_notify(cases, action, actor)
    return decisions


@transaction.atomic
def reverse_decision(decision: Decision, *, actor: User, reason: str) -> Decision:
    """
    Reverse a sanction, notify the person, and return the reversal.

    A waiting appeal is granted. Raise AlreadyDecided when it was reversed already, CaseClaimed while another user
    claims the case, CannotDecide when the actor may not, NeedsOtherModerator as decide_appeal() does.
    """
    case = lock_case(decision.case, actor=actor)
    decision = Decision.objects.select_related("reversal", "appeal").get(pk=decision.pk)
    if decision.is_reversed:
        raise AlreadyDecided(case)
    if not decision.is_sanction or not reason:
        raise CannotDecide(_("Choose a rule and write a reason."))
    details: dict[str, Any] = {"case": case.pk, **_appeal_details(decision, case, actor)}
    action = Decision.SANCTIONS[Action(decision.action)]
    reversal = _make_decision(case, action, actor, rule=decision.rule, reason=reason, reverses=decision)
    reversal.save(force_insert=True)
    Appeal.objects.filter(decision=decision, resolution=None).update(resolution=reversal)
    reportable = KINDS[case.kind]
    is_logged = False
    if reportable.hiding and action == reportable.hiding.reversal:
        thing = reportable.model(pk=case.target_id)
        is_logged = reportable.hiding.restore(thing, actor=actor, reason=reason, details=details)
    elif action == Action.LIFT_SUSPENSION and case.person:
        lift_suspension(case.person, actor=actor, reason=reason, details=details)
        is_logged = True
    if not is_logged:
        record(f"case.{action}", actor=actor, target=case, reason=reason, after=details)
    _settle_and_notify([case], action, actor)
    return reversal


@transaction.atomic
def appeal(decision: Decision, *, actor: User, text: str) -> Appeal:
    """
    Appeal against a decision about the actor, once, within EVIDENCE_DAYS; the case returns to the queue.

    Raise CannotAppeal when that is not possible, or no longer possible.
    """
    case = Case.objects.select_for_update().get(pk=decision.case_id)
    current = Decision.objects.select_related("reversal", "appeal").get(pk=decision.pk)
    if not can_appeal(current, actor):
        raise CannotAppeal(_("You have already appealed against this decision, or it is too late to appeal."))
    written = Appeal.objects.create(decision=current, text=text)
    case.state, case.closed_at, case.ranked_at = Case.State.APPEALED, None, timezone.now()
    case.save(update_fields=["state", "closed_at", "ranked_at"])
    record("case.appeal", actor=actor, target=case, after={"decision": decision.pk})
    return written


def can_appeal(decision: Decision, user: User) -> bool:
    """Return whether the user can appeal; `appeal` and `reversal` of the decision are selected."""
    is_recent = decision.created_at > timezone.now() - timedelta(days=settings.EVIDENCE_DAYS)
    has_appeal = hasattr(decision, "appeal")
    return is_recent and decision.is_in_force and not has_appeal and decision.person_id == user.pk


@transaction.atomic
def decide_appeal(appeal: Appeal, *, actor: User, is_granted: bool, reason: str) -> Decision:
    """
    Decide an appeal: reverse the decision or uphold it, and notify the person.

    Raise AlreadyDecided when it was decided already; NeedsOtherModerator when the actor made the decision, unless no
    other user can decide, which is logged; and the errors of reverse_decision().
    """
    case = lock_case(appeal.decision.case, actor=actor)
    appeal = Appeal.objects.select_related("decision", "decision__reversal").get(pk=appeal.pk)
    if appeal.resolution_id:
        raise AlreadyDecided(case)
    if is_granted:
        return reverse_decision(appeal.decision, actor=actor, reason=reason)
    if not reason:
        raise CannotDecide(_("Choose a rule and write a reason."))
    details = {"case": case.pk, **_appeal_details(appeal.decision, case, actor)}
    resolution = _make_decision(case, Action.UPHOLD, actor, rule=appeal.decision.rule, reason=reason)
    resolution.save(force_insert=True)
    appeal.resolution = resolution
    appeal.save(update_fields=["resolution"])
    record("case.uphold", actor=actor, target=case, reason=reason, after=details)
    _settle_and_notify([case], Action.UPHOLD, actor)
    return resolution


def _appeal_details(decision: Decision, case: Case, actor: User) -> Mapping[str, Any]:
    """Return details of a waiting appeal for the audit log. Raise NeedsOtherModerator."""
    appeal: Appeal | None = getattr(decision, "appeal", None)
    if appeal is None or appeal.resolution_id:
        return {}
    about = {"appeal": appeal.pk}
    if decision.actor_id != actor.pk:
        return about
    if can_others_decide(case, actor):
        raise NeedsOtherModerator
    return {**about, "note": "Decided by the moderator of the decision: no other user can decide."}


def _check_applicable(case: Case, action: str, rule: Rule | None, reason: str) -> CannotDecide | None:
    """Return why a decision is not applicable to a case, or None if it is."""
    if action == Action.DISMISS:
        return None
    if action not in Decision.SANCTIONS:
        return CannotDecide(_("This is not a decision about a case."))
    if case.person is None:
        return CannotDecide(_("The account was deleted, so the case can only be dismissed."))
    if rule is None or not reason:
        return CannotDecide(_("Choose a rule and write a reason."))
    if action not in sanctions_of(case):
        return CannotDecide(_("This decision does not fit what the case is about."))
    return None


def sanctions_of(case: Case) -> list[Action]:
    """Return the sanctions that fit what a case is about, the mildest first."""
    hiding = KINDS[case.kind].hiding
    return [Action.WARN, *([hiding.action] if hiding else []), Action.SUSPEND]


def _make_decision(case: Case, action: str, actor: User, **facts: Any) -> Decision:
    return Decision(case=case, person=case.person, action=action, actor=actor, actor_name=actor.username, **facts)


def _settle_and_notify(cases: Sequence[Case], action: str, actor: User) -> None:
    """Settle cases after decisions, and enqueue notifications."""
    if changed := settle_cases(cases):
        # Most cases of a bulk decision have no report but the moderator's own.
        by_others = Report.objects.filter(case__in=changed).exclude(reporter=actor)
        concerned = by_others.order_by("case").values_list("case", flat=True).distinct()
        tasks.notify_reporters.enqueue_each(f"{case}:0" for case in concerned)
    if action != Action.DISMISS:
        tasks.notify_people.enqueue_each({case.person_id for case in cases if case.person_id})
