"""Decisions about cases and appeals: with an actor, a rule and a reason, logged and notified."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import lift_suspension, suspend_user
from audit.services import record
from microblog.core.exceptions import DomainError
from moderation import tasks
from moderation.models import Appeal, Case, Decision, Rule
from moderation.services.cases import (
    AlreadyDecided,
    CannotDecide,
    can_others_decide,
    check_free_for,
    lock_case,
    settle_case,
)
from moderation.services.kinds import KINDS
from moderation.services.reports import report

Action = Decision.Action


class CannotAppeal(DomainError):
    """The decision was reversed, is too old, or was appealed already."""


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
    _check_applicable(case, action, rule, reason)
    decision = _create_decision(case, action, actor, rule=rule, reason=reason, until=until)
    details = {"case": case.pk, "rule": rule.text if rule else None}
    reportable = KINDS[case.kind]
    if reportable.hiding and action == reportable.hiding.action and rule:
        thing = reportable.model(pk=case.target_id)
        if not reportable.hiding.hide(thing, actor=actor, reason=reason, rule=rule.text, details=details):
            raise CannotDecide(_("It is already hidden or deleted."))
    elif action == Action.SUSPEND and case.person:
        suspend_user(case.person, actor=actor, reason=reason, until=until, details=details)
    else:
        record(f"case.{action}", actor=actor, target=case, reason=reason, after=details)
    _settle_and_notify(case, decision)
    return decision


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
    reversal = _create_decision(case, action, actor, rule=decision.rule, reason=reason, reverses=decision)
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
    _settle_and_notify(case, reversal)
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
    resolution = _create_decision(case, Action.UPHOLD, actor, rule=appeal.decision.rule, reason=reason)
    appeal.resolution = resolution
    appeal.save(update_fields=["resolution"])
    record("case.uphold", actor=actor, target=case, reason=reason, after=details)
    _settle_and_notify(case, resolution)
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


def _check_applicable(case: Case, action: str, rule: Rule | None, reason: str) -> None:
    if action == Action.DISMISS:
        return
    if action not in Decision.SANCTIONS:
        raise CannotDecide(_("This is not a decision about a case."))
    if case.person is None:
        raise CannotDecide(_("The account was deleted, so the case can only be dismissed."))
    if rule is None or not reason:
        raise CannotDecide(_("Choose a rule and write a reason."))
    if action not in sanctions_of(case):
        raise CannotDecide(_("This decision does not fit what the case is about."))


def sanctions_of(case: Case) -> list[Action]:
    """Return the sanctions that fit what a case is about, the mildest first."""
    hiding = KINDS[case.kind].hiding
    return [Action.WARN, *([hiding.action] if hiding else []), Action.SUSPEND]


def _create_decision(case: Case, action: str, actor: User, **facts: Any) -> Decision:
    return Decision.objects.create(
        case=case, person=case.person, action=action, actor=actor, actor_name=actor.username, **facts
    )


def _settle_and_notify(case: Case, decision: Decision) -> None:
    """Settle a case after a decision, and enqueue notifications."""
    if settle_case(case):
        tasks.notify_reporters.enqueue(case.pk, 0)
    if case.person_id and decision.action != Action.DISMISS:
        tasks.notify_person.enqueue(case.person_id)
