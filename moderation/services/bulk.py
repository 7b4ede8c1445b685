"""One decision about many things, each for itself and logged like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from accounts.models import User
from accounts.services import lift_suspension
from microblog.core.exceptions import DomainError
from moderation.models import Case, Decision, Rule
from moderation.services.cases import DecidedMeanwhile
from moderation.services.decisions import decide, judge, take_back
from posts.models import Post
from posts.services import restore_post

Action = Decision.Action
# Which decision each one takes back.
REVERSES = {reversal: sanction for sanction, reversal in Decision.SANCTIONS.items()}


class Refusal(NamedTuple):
    """What was left as it is, and why."""

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
    Take the same decision about cases, posts or people, one by one; yield for each None or why it was refused.

    Each is a transaction of its own, so that what was done stays done.
    """
    for thing in things:
        try:
            if isinstance(thing, Case):
                if thing.closed_at:
                    raise DecidedMeanwhile(thing)
                seen = thing.decision_count
                decide(thing, action=action, actor=actor, seen=seen, rule=rule, reason=reason, until=until)
            elif action in REVERSES:
                restore(thing, action=action, actor=actor, reason=reason)
            else:
                judge(thing, action=action, actor=actor, rule=rule, reason=reason, until=until)
        except DomainError as error:
            yield Refusal(thing, error)
        else:
            yield None


@transaction.atomic
def restore(thing: Post | User, *, action: str, actor: User, reason: str) -> None:
    """Take back the decision that hid a post, or suspended or warned a person, or else what a command did to them."""
    sanctions = Decision.objects.in_effect().filter(action=REVERSES[Action(action)]).select_related("case")
    if isinstance(thing, Post):
        sanctions = sanctions.filter(case__kind=Case.Kind.POST, case__target_id=thing.pk)
    else:
        sanctions = sanctions.filter(person=thing)
    sanction = sanctions.order_by("pk").last()
    if sanction:
        take_back(sanction, actor=actor, reason=reason)
    elif isinstance(thing, Post):
        restore_post(thing, actor=actor, reason=reason)
    else:
        lift_suspension(thing, actor=actor, reason=reason)
