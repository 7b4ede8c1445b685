"""Bulk decisions, each applied and logged separately."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from accounts.models import User
from accounts.services import lift_suspension
from microblog.core.exceptions import DomainError
from moderation.models import Case, Decision, Rule
from moderation.services.cases import AlreadyDecided
from moderation.services.decisions import decide, decide_about, reverse_decision
from posts.models import Post
from posts.services import restore_post

Action = Decision.Action
# Reversal -> sanction.
REVERSES = {reversal: sanction for sanction, reversal in Decision.SANCTIONS.items()}


class Refusal(NamedTuple):
    """A row that was not changed, and the reason."""

    thing: Case | Post | User
    error: DomainError


def decide_each(
    things: Iterable[Case | Post | User],
    *,
    action: str,
    actor: User,
    rule: Rule | None,
    reason: str,
    until: datetime | None = None,
) -> Iterator[Refusal | None]:
    """
    Apply the same decision to cases, posts or people; yield None or a Refusal for each.

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
def restore(thing: Post | User, *, action: str, actor: User, reason: str) -> None:
    """Reverse the latest decision that hid a post or suspended a person, or else lift a state set by a command."""
    sanctions = Decision.objects.in_effect().filter(action=REVERSES[Action(action)]).select_related("case")
    if isinstance(thing, Post):
        sanctions = sanctions.filter(case__kind=Case.Kind.POST, case__target_id=thing.pk)
    else:
        sanctions = sanctions.filter(person=thing)
    sanction = sanctions.order_by("pk").last()
    if sanction:
        reverse_decision(sanction, actor=actor, reason=reason)
    elif isinstance(thing, Post):
        restore_post(thing, actor=actor, reason=reason)
    else:
        lift_suspension(thing, actor=actor, reason=reason)
