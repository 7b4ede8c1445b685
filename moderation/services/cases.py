"""Permissions, claims and notes of cases, and retention of evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from microblog.core.bidi import isolated
from microblog.core.exceptions import DomainError
from moderation.models import Appeal, Case, Decision, Note, Report

# How long a claim lasts.
CLAIM_MINUTES = 30
# Maximum reports whose evidence is deleted in a transaction.
EVIDENCE_SLICE = 1_000
NEEDS_ADMINISTRATOR = _("This case is about you or about staff, so an administrator decides it.")
ALREADY_HIDDEN = _("It is already hidden or deleted.")
DECIDE, DECIDE_ABOUT_STAFF = "moderation.decide_case", "moderation.decide_about_staff"


class CaseClaimed(DomainError):
    """Another user has claimed the case."""

    def __init__(self, case: Case) -> None:
        claimed_by = Case.objects.select_related("claimed_by").get(pk=case.pk).claimed_by
        message = _(
            "Case %(number)d is claimed by %(username)s. The claim expires %(minutes)d minutes after it was made."
        )
        super().__init__(message % isolated(username=claimed_by, number=case.pk, minutes=CLAIM_MINUTES))


class CannotDecide(DomainError):
    """The actor may not decide about this person, or the decision is not applicable to the case."""


class AlreadyDecided(DomainError):
    """Another user decided the case first."""

    def __init__(self, case: Case) -> None:
        last = case.decisions.order_by("-pk")[0]
        message = _(
            "Case %(number)d was decided by %(username)s in the meantime: %(decision)s. Nothing else was changed."
        )
        super().__init__(
            message % isolated(username=last.actor_name, number=case.pk, decision=last.get_action_display())
        )


def can_decide(case: Case, user: User) -> bool:
    """Return whether a moderator may decide about the person of a case: neither themselves nor fellow staff."""
    person = case.person
    if person is None:
        return True
    return person.pk != user.pk and (not person.is_staff or user.has_perm(DECIDE_ABOUT_STAFF))


def can_others_decide(case: Case, user: User) -> bool:
    """Return whether a user other than the given one and the person of the case may decide it."""
    permission = DECIDE_ABOUT_STAFF if case.person and case.person.is_staff else DECIDE
    holders: QuerySet[Any] = ModelBackend().with_perm(permission, is_active=None)  # type: ignore[arg-type] # no column
    staff = holders.filter(is_staff=True, suspended_at=None, deactivated_at=None)
    return staff.exclude(pk__in=[user.pk, case.person_id]).exists()


@transaction.atomic
def claim_case(case: Case, *, actor: User) -> None:
    """
    Claim a case for CLAIM_MINUTES; claiming it again extends the claim.

    Raise CaseClaimed while another user has claimed it, CannotDecide when the actor may not decide it.
    """
    check_may_decide(case, actor)
    now = timezone.now()
    is_free = Q(claimed_by=None) | Q(claimed_by=actor) | Q(claimed_until__lte=now)
    until = now + timedelta(minutes=CLAIM_MINUTES)
    if not Case.objects.filter(is_free, pk=case.pk).update(claimed_by=actor, claimed_until=until):
        raise CaseClaimed(case)
    record("case.claim", actor=actor, target=case)


@transaction.atomic
def release_case(case: Case, *, actor: User) -> None:
    """Release the actor's claim of a case. Repeating it is safe."""
    if Case.objects.filter(pk=case.pk, claimed_by=actor).update(claimed_by=None, claimed_until=None):
        record("case.release", actor=actor, target=case)


@transaction.atomic
def add_note(case: Case, *, actor: User, text: str) -> Note:
    """Add a note for the team to a case. Raise CannotDecide for a case about the actor."""
    if case.person_id == actor.pk:
        raise CannotDecide(NEEDS_ADMINISTRATOR)
    note = Note.objects.create(case=case, author=actor, author_name=actor.username, text=text)
    record("case.note", actor=actor, target=case, after={"note": note.pk})
    return note


def lock_case(case: Case, *, actor: User, seen: int | None = None) -> Case:
    """
    Lock and return the case, checking that the actor may decide it.

    Raise AlreadyDecided when there are more decisions than `seen`, CaseClaimed and CannotDecide.
    """
    (case,) = lock_cases([case.pk])
    if seen is not None and case.decision_count > seen:
        raise AlreadyDecided(case)
    check_free_for(case, actor)
    return case


def lock_cases(ids: Collection[int]) -> list[Case]:
    """Lock and return cases, the one with the lowest number first."""
    cases = Case.objects.select_for_update(of=("self",)).select_related("person")
    return list(cases.filter(pk__in=ids).order_by("pk"))


def check_free_for(case: Case, actor: User) -> None:
    """Raise CaseClaimed while another user claims a locked case, CannotDecide when the actor may not decide it."""
    if case.is_claimed_for(actor):
        raise CaseClaimed(case)
    check_may_decide(case, actor)


def check_may_decide(case: Case, actor: User) -> None:
    """Raise CannotDecide when the actor may not decide about the person of a case."""
    if not can_decide(case, actor):
        raise CannotDecide(NEEDS_ADMINISTRATOR)


def settle_cases(cases: Iterable[Case]) -> list[Case]:
    """Close locked cases after decisions, unless an appeal waits; return those with another outcome than before."""
    cases, now = list(cases), timezone.now()
    decisions: dict[int, list[Decision]] = defaultdict(list)
    for decision in Decision.objects.filter(case__in=cases).select_related("reversal", "appeal"):
        decisions[decision.case_id].append(decision)
    settled: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for case in cases:
        settled[_settle(decisions[case.pk])].append(case.pk)
    outcomes: dict[int, str] = {}
    for (outcome, waits, count), ids in settled.items():
        Case.objects.filter(pk__in=ids).update(
            state=Case.State.APPEALED if waits else Case.State.CLOSED,
            closed_at=None if waits else now,
            outcome=outcome,
            decision_count=count,
            claimed_by=None,
            claimed_until=None,
        )
        outcomes |= dict.fromkeys(ids, outcome)
    return [case for case in cases if case.outcome != outcomes[case.pk]]


def _settle(decisions: Sequence[Decision]) -> tuple[str, bool, int]:
    """Return the outcome of a case with these decisions, whether an appeal waits, and their number."""
    outcome = Case.Outcome.DISMISSED
    if sanctions := [decision for decision in decisions if decision.is_sanction]:
        is_in_force = any(not decision.is_reversed for decision in sanctions)
        outcome = Case.Outcome.ACTED if is_in_force else Case.Outcome.REVERSED
    waits = any(hasattr(decision, "appeal") and decision.appeal.resolution_id is None for decision in decisions)
    return outcome, waits, len(decisions)


def delete_old_evidence() -> int:
    """
    Delete evidence, comments and appeal texts of cases closed more than EVIDENCE_DAYS ago, one slice.

    Return the number of reports changed.
    """
    before = timezone.now() - timedelta(days=settings.EVIDENCE_DAYS)
    old = Report.objects.filter(case__closed_at__lt=before).exclude(evidence={}, comment="")
    ids = list(old.values_list("pk", flat=True)[:EVIDENCE_SLICE])
    appeals = Appeal.objects.filter(decision__case__closed_at__lt=before).exclude(text="")
    answered = list(appeals.values_list("pk", flat=True)[:EVIDENCE_SLICE])
    Appeal.objects.filter(pk__in=answered).update(text="")
    return Report.objects.filter(pk__in=ids).update(evidence={}, comment="")


def delete_appeal_texts(user: User) -> int:
    """Delete the texts of a user's appeals, open or closed, and return their number."""
    return Appeal.objects.filter(decision__person=user).exclude(text="").update(text="")
