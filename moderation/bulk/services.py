"""Request bulk decisions."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Model, QuerySet

from accounts.models import User
from moderation.bulk import slices, tasks
from moderation.models import BulkDecision, Decision, Rule


@transaction.atomic
def request_bulk_decision(
    rows: QuerySet[Model],
    *,
    action: str,
    actor: User,
    rule: Rule | None,
    reason: str,
    until: datetime | None = None,
    seen: int | None = None,
) -> BulkDecision:
    """
    Decide about the cases, texts or people of a queryset, and return the bulk decision.

    It is finished if one slice is enough. If not, a job carries it out. Texts and people require a rule. `seen` is the
    newest decision that the actor has seen, by default that of now: rows with a later one are left unchanged.
    """
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    bulk = BulkDecision.objects.create(
        actor=actor,
        actor_name=actor.username,
        action=action,
        rule=rule,
        reason=reason,
        until=until,
        target_type=rows.model._meta.label,
        ids=ids,
        total=len(ids),
        last_decision=newest_decision() if seen is None else seen,
    )
    if bulk.total > slices.SLICE:
        tasks.continue_bulk_decision.enqueue(bulk.pk)
    else:
        slices.continue_bulk_decision(bulk.pk)
        bulk.refresh_from_db()
    return bulk


def newest_decision() -> int:
    """Return the id of the newest decision, or 0."""
    newest: int = Decision.objects.aggregate(newest=Max("pk", default=0))["newest"]
    return newest
