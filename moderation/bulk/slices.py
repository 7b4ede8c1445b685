"""Carry out bulk decisions in slices, each row decided and logged by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import lift_suspension
from microblog.core.exceptions import DomainError
from moderation.models import BulkDecision, Case, Decision
from moderation.services.cases import (
    ALREADY_HIDDEN,
    DECIDE,
    AlreadyDecided,
    CannotDecide,
    check_free_for,
    lock_cases,
)
from moderation.services.decisions import Refused, apply_to_each, reverse_decision
from moderation.services.kinds import KINDS, kind_of
from moderation.services.reports import CannotReport, report_each

# Rows of a slice, which is one transaction.
SLICE = 100

Action = Decision.Action
# Reversal -> sanction.
REVERSES = {reversal: sanction for sanction, reversal in Decision.SANCTIONS.items()}
# Why rows were left unchanged, by their ids.
Errors = dict[int, DomainError]


@transaction.atomic
def continue_bulk_decision(bulk_id: int) -> bool:
    """
    Decide about the next slice of a bulk decision, and return whether more is left.

    Safe to repeat, also concurrently: the bulk decision is locked, and how far it is carried out is saved with the
    decisions. It ends if the moderator may not decide any longer.
    """
    unfinished = BulkDecision.objects.select_for_update(of=("self",)).filter(finished_at=None)
    bulk = unfinished.select_related("actor", "rule").filter(pk=bulk_id).first()
    if bulk is None:
        return False
    if bulk.actor and _may_decide(bulk.actor):
        ids = bulk.ids[bulk.place : bulk.place + SLICE]
        with translation.override(bulk.actor.language or translation.get_language()):
            errors = _decide(bulk, bulk.actor, ids)
            refusals = Counter(str(error.message) for error in errors.values())
        bulk.done += len(ids) - len(errors)
        bulk.refusals = Counter(bulk.refusals) + refusals
        is_last = bulk.place >= bulk.total
    else:
        is_last = True
    bulk.finished_at = timezone.now() if is_last else None
    bulk.save(update_fields=["done", "refusals", "finished_at"])
    return not is_last


def _may_decide(actor: User) -> bool:
    """Return whether the actor is still a moderator, as the admin requires it."""
    return actor.is_staff and actor.is_active and actor.suspended_at is None and actor.has_perm(DECIDE)


def _decide(bulk: BulkDecision, actor: User, ids: Iterable[int]) -> Errors:
    """Decide about rows; return why each of the others was left unchanged."""
    model = apps.get_model(bulk.target_type)
    rows = model._default_manager.filter(pk__in=ids)
    found = rows.select_related("author").in_bulk() if hasattr(model, "author") else rows.in_bulk()
    errors: Errors = {pk: CannotDecide(ALREADY_HIDDEN) for pk in ids if pk not in found}
    if bulk.action in REVERSES:
        return errors | _reverse_each(bulk, actor, found)
    while found:
        try:
            with transaction.atomic():
                _decide_together(bulk, actor, found)
            break
        except Refused as refused:
            # All of these rows are as before. Decide about the others.
            errors |= refused.errors
            found = {pk: row for pk, row in found.items() if pk not in errors}
    return errors


def _decide_together(bulk: BulkDecision, actor: User, rows: Mapping[int, Any]) -> None:
    """Decide about rows. Raise Refused, with errors by the ids of the rows, if one or more are refused."""
    errors: Errors = {}
    if bulk.target_type == Case._meta.label:
        cases = {case.pk: case for case in lock_cases(rows)}
        errors |= {pk: AlreadyDecided(case) for pk, case in cases.items() if case.closed_at}
    else:
        assert bulk.rule is not None  # noqa: S101 - the form requires it
        reportable = KINDS[kind_of(next(iter(rows.values())))]
        errors |= {pk: CannotReport() for pk, row in rows.items() if reportable.person(row).pk == actor.pk}
        others = [row for pk, row in rows.items() if pk not in errors]
        reports = report_each(others, actor=actor, rule=bulk.rule) if others else []
        cases = {report.case.target_id: report.case for report in reports}
    # Not before the cases are locked.
    errors |= _decided_since(bulk, rows)
    for pk, case in cases.items():
        if pk not in errors:
            try:
                check_free_for(case, actor)
            except DomainError as error:
                errors[pk] = error
    row_of = {case.pk: pk for pk, case in cases.items() if pk not in errors}
    free = [cases[pk] for pk in row_of.values()]
    try:
        apply_to_each(free, bulk.action, actor, rule=bulk.rule, reason=bulk.reason, until=bulk.until)
    except Refused as refused:
        errors |= {row_of[case]: error for case, error in refused.errors.items()}
    if errors:
        raise Refused(errors)


def _decided_since(bulk: BulkDecision, rows: Mapping[int, Model]) -> Errors:
    """Return the rows that another decision was made about since the moderator decided."""
    since = Decision.objects.filter(pk__gt=bulk.last_decision).select_related("case").order_by("pk")
    if bulk.target_type == Case._meta.label:
        return {each.case_id: AlreadyDecided(each.case) for each in since.filter(case__in=rows)}
    kind = kind_of(next(iter(rows.values())))
    about = since.filter(case__kind=kind, case__target_id__in=rows)
    return {each.case.target_id: AlreadyDecided(each.case) for each in about}


def _reverse_each(bulk: BulkDecision, actor: User, rows: Mapping[int, Model]) -> Errors:
    errors = _decided_since(bulk, rows) if rows else {}
    for pk, row in rows.items():
        if pk not in errors:
            try:
                _reverse(row, action=bulk.action, actor=actor, reason=bulk.reason)
            except DomainError as error:
                errors[pk] = error
    return errors


@transaction.atomic
def _reverse(thing: Model, *, action: str, actor: User, reason: str) -> None:
    """Reverse the latest decision that hid content or suspended a person, or else lift a state set by a command."""
    sanction = _sanctions_on(thing, REVERSES[Action(action)]).last()
    if sanction:
        reverse_decision(sanction, actor=actor, reason=reason)
        return
    hiding = KINDS[kind_of(thing)].hiding
    lift: Callable[..., bool] = hiding.restore if hiding else lift_suspension
    if not lift(thing, actor=actor, reason=reason):
        raise CannotDecide(_("There is nothing to reverse."))


def _sanctions_on(thing: Model, action: Action) -> QuerySet[Decision]:
    """Return the decisions in effect that hid content or suspended a person, oldest first."""
    sanctions = Decision.objects.in_effect().filter(action=action).select_related("case").order_by("pk")
    if isinstance(thing, User):
        return sanctions.filter(person=thing)
    kind = kind_of(thing)
    # Cases have no index for what they are about.
    return sanctions.filter(person=KINDS[kind].person(thing), case__kind=kind, case__target_id=thing.pk)
