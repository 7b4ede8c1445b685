"""Decisions about cases: each by an actor, by a rule and for a reason, logged, and told to those concerned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import lift_suspension, suspend_user
from audit.services import record
from microblog.core.exceptions import DomainError
from moderation import tasks
from moderation.models import Appeal, Case, Decision, Rule
from moderation.services.cases import (
    CannotDecide,
    DecidedMeanwhile,
    check_free_for,
    lock_case,
    others_may_decide,
    settle_case,
)
from moderation.services.reports import report
from posts.models import Post
from posts.services import hide_post, restore_post

Action = Decision.Action


class CannotAppeal(DomainError):
    """The decision was taken back, or is too old, or is answered already."""


class NotForYou(DomainError):
    """Somebody else must decide the appeal than who took the decision."""

    def __init__(self) -> None:
        super().__init__(_("You took the decision that this appeal is about, so that somebody else decides it."))


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
    Decide a case and carry the decision out: dismiss it, warn the person, hide the post, suspend the person.

    `seen` is how many decisions of the case the actor knows of. The case closes; the person and who reported it are
    told by jobs. The case's row is locked. Raise DecidedMeanwhile when there are more decisions than `seen`,
    CaseClaimed while somebody else works on it, CannotDecide when the actor may not or the decision does not fit.
    """
    case = lock_case(case, actor=actor, seen=seen)
    return _carry_out(case, action, actor, rule=rule, reason=reason, until=until)


@transaction.atomic
def judge(
    thing: Post | User, *, action: str, actor: User, rule: Rule | None, reason: str, until: datetime | None = None
) -> Decision:
    """
    Decide about a post or person that somebody of the team came across, as decide() does; its case is made first.

    The evidence is frozen like that of any report.
    """
    if rule is None:
        raise CannotDecide(_("A decision names the rule and the reason."))
    case = report(thing, actor=actor, rule=rule).case
    check_free_for(case, actor)
    return _carry_out(case, action, actor, rule=rule, reason=reason, until=until)


def _carry_out(
    case: Case, action: str, actor: User, *, rule: Rule | None, reason: str, until: datetime | None
) -> Decision:
    """Decide a locked case that the actor may decide."""
    _refuse_unfit(case, action, rule, reason)
    decision = _write(case, action, actor, rule=rule, reason=reason, until=until)
    details = {"case": case.pk, "rule": rule.text if rule else None}
    if action == Action.HIDE_POST and rule:
        post = Post(pk=case.target_id)
        if not hide_post(post, actor=actor, reason=reason, rule=rule.text, details=details):
            raise CannotDecide(_("The post is hidden or gone already."))
    elif action == Action.SUSPEND and case.person:
        suspend_user(case.person, actor=actor, reason=reason, until=until, details=details)
    else:
        record(f"case.{action}", actor=actor, target=case, reason=reason, after=details)
    _settle(case, decision)
    return decision


@transaction.atomic
def take_back(decision: Decision, *, actor: User, reason: str) -> Decision:
    """
    Take a warning, a hiding or a suspension back, and return the decision that does so; the person is told.

    This grants an appeal that waits. Raise DecidedMeanwhile when it was taken back already, CaseClaimed while somebody
    else works on the case, CannotDecide when the actor may not, NotForYou as decide_appeal() does.
    """
    case = lock_case(decision.case, actor=actor)
    decision = Decision.objects.select_related("reversal", "appeal").get(pk=decision.pk)
    if decision.is_reversed:
        raise DecidedMeanwhile(case)
    if not decision.is_sanction or not reason:
        raise CannotDecide(_("A decision names the rule and the reason."))
    details: dict[str, Any] = {"case": case.pk, **_about_appeal(decision, case, actor)}
    action = Decision.SANCTIONS[Action(decision.action)]
    reversal = _write(case, action, actor, rule=decision.rule, reason=reason, reverses=decision)
    Appeal.objects.filter(decision=decision, answer=None).update(answer=reversal)
    post = Post.objects.filter(pk=case.target_id).first() if action == Action.RESTORE_POST else None
    if post:
        restore_post(post, actor=actor, reason=reason, details=details)
    elif action == Action.LIFT_SUSPENSION and case.person:
        lift_suspension(case.person, actor=actor, reason=reason, details=details)
    else:
        record(f"case.{action}", actor=actor, target=case, reason=reason, after=details)
    _settle(case, reversal)
    return reversal


@transaction.atomic
def appeal(decision: Decision, *, actor: User, text: str) -> Appeal:
    """
    Let a person answer a decision about them, once, within EVIDENCE_DAYS; its case waits to be decided again.

    Raise CannotAppeal when that is not possible, or not possible any more.
    """
    case = Case.objects.select_for_update().get(pk=decision.case_id)
    current = Decision.objects.select_related("reversal", "appeal").get(pk=decision.pk)
    if not may_appeal(current, actor):
        raise CannotAppeal(_("You have answered this decision already, or it can no longer be answered."))
    written = Appeal.objects.create(decision=current, text=text)
    case.state, case.closed_at, case.ranked_at = Case.State.APPEALED, None, timezone.now()
    case.save(update_fields=["state", "closed_at", "ranked_at"])
    record("case.appeal", actor=actor, target=case, after={"decision": decision.pk})
    return written


def may_appeal(decision: Decision, user: User) -> bool:
    """Tell whether a person can answer a decision; it was read with its `appeal` and `reversal`."""
    is_recent = decision.created_at > timezone.now() - timedelta(days=settings.EVIDENCE_DAYS)
    has_appeal = hasattr(decision, "appeal")
    return is_recent and decision.is_in_force and not has_appeal and decision.person_id == user.pk


@transaction.atomic
def decide_appeal(appeal: Appeal, *, actor: User, is_granted: bool, reason: str) -> Decision:
    """
    Decide an appeal: take the decision back, or let it stand; the person is told.

    Raise DecidedMeanwhile when it was decided already, NotForYou for who took the decision, unless nobody else could
    decide, which the log then says; and what take_back() raises.
    """
    case = lock_case(appeal.decision.case, actor=actor)
    appeal = Appeal.objects.select_related("decision", "decision__reversal").get(pk=appeal.pk)
    if appeal.answer_id:
        raise DecidedMeanwhile(case)
    if is_granted:
        return take_back(appeal.decision, actor=actor, reason=reason)
    if not reason:
        raise CannotDecide(_("A decision names the rule and the reason."))
    details = {"case": case.pk, **_about_appeal(appeal.decision, case, actor)}
    answer = _write(case, Action.UPHOLD, actor, rule=appeal.decision.rule, reason=reason)
    appeal.answer = answer
    appeal.save(update_fields=["answer"])
    record("case.uphold", actor=actor, target=case, reason=reason, after=details)
    _settle(case, answer)
    return answer


def _about_appeal(decision: Decision, case: Case, actor: User) -> Mapping[str, Any]:
    """Return what the log says of the appeal against a decision, if one waits; raise NotForYou."""
    appeal: Appeal | None = getattr(decision, "appeal", None)
    if appeal is None or appeal.answer_id:
        return {}
    about = {"appeal": appeal.pk}
    if decision.actor_id != actor.pk:
        return about
    if others_may_decide(case, actor):
        raise NotForYou
    return {**about, "note": "Decided by who took the decision: there is nobody else."}


def _refuse_unfit(case: Case, action: str, rule: Rule | None, reason: str) -> None:
    if action == Action.DISMISS:
        return
    if action not in Decision.SANCTIONS:
        raise CannotDecide(_("This is no decision about a case."))
    if case.person is None:
        raise CannotDecide(_("The account is gone, so that the case can only be dismissed."))
    if rule is None or not reason:
        raise CannotDecide(_("A decision names the rule and the reason."))
    if action == Action.HIDE_POST and case.kind != Case.Kind.POST:
        raise CannotDecide(_("This case is not about a post."))


def _write(case: Case, action: str, actor: User, **facts: Any) -> Decision:
    return Decision.objects.create(
        case=case, person=case.person, action=action, actor=actor, actor_name=actor.username, **facts
    )


def _settle(case: Case, decision: Decision) -> None:
    """Settle a case after a decision, and let those concerned be told."""
    if settle_case(case):
        tasks.tell_reporters.enqueue(case.pk, 0)
    if case.person_id and decision.action != Action.DISMISS:
        tasks.tell_person.enqueue(case.person_id)
