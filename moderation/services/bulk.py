"""Bulk decisions, each applied and logged separately."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Model

from accounts.models import User
from accounts.services import lift_suspension
from microblog.core.exceptions import DomainError
from moderation.models import Case, Decision, Rule
from moderation.services.cases import AlreadyDecided
from moderation.services.decisions import decide, decide_about, reverse_decision
from moderation.services.kinds import KINDS, kind_of

Action = Decision.Action
# Reversal -> sanction.
REVERSES = {reversal: sanction for sanction, reversal in Decision.SANCTIONS.items()}


class Refusal(NamedTuple):
    """A row that was not changed, and the reason."""

    thing: Model
    error: DomainError


def decide_each(
    things: Iterable[Model],
    *,
    action: str,
    actor: User,
    rule: Rule | None,
    reason: str,
    until: datetime | None = None,
) -> Iterator[Refusal | None]:
    """
    Apply the same decision to cases, content or people; yield None or a Refusal for each.

    Each has its own transaction: a refusal does not affect the others.
    """
    for thing in things:
        try:
            if isinstance(thing, Case):
                if thing.closed_at:
                    raise AlreadyDecided(thing)
                seen = thing.decision_count
                decide(thing, action=action, actor=actor, seen=seen, rule=rule, reason=reason, until=until)
            elif action in REVERSES:
                restore(thing, action=action, actor=actor, reason=reason)
            else:
                decide_about(thing, action=action, actor=actor, rule=rule, reason=reason, until=until)
        except DomainError as error:
            yield Refusal(thing, error)
        else:
            yield None


@transaction.atomic
def restore(thing: Model, *, action: str, actor: User, reason: str) -> None:
    """Reverse the latest decision that hid content or suspended a person, or else lift a state set by a command."""
    sanctions = Decision.objects.in_effect().filter(action=REVERSES[Action(action)]).select_related("case")
    if isinstance(thing, User):
        sanctions = sanctions.filter(person=thing)
    else:
        sanctions = sanctions.filter(case__kind=kind_of(thing), case__target_id=thing.pk)
    sanction = sanctions.order_by("pk").last()
    if sanction:
        reverse_decision(sanction, actor=actor, reason=reason)
    elif isinstance(thing, User):
        lift_suspension(thing, actor=actor, reason=reason)
    elif hiding := KINDS[kind_of(thing)].hiding:
        hiding.restore(thing, actor=actor, reason=reason)
