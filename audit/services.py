"""The one door to the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from audit.models import Entry


def record(
    action: str,
    *,
    actor: Model | str,
    target: Model | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Entry:
    """
    Write down what was done, in the caller's transaction, so that the log and the deed stand or fall together.

    `actor` is a person, or words for who acted where nobody was signed in, such as a command. `before` and `after`
    hold what changed, as values that JSON knows, and no secret. A target whose words are content, which must not
    outlive it here, says by `audit_name` what it is called.
    """
    return Entry.objects.create(
        action=action,
        actor_id=None if isinstance(actor, str) else actor.pk,
        actor_name=str(actor)[:150],
        target_type=target._meta.label if target else "",
        target_id=target.pk if target else None,
        target_name=str(getattr(target, "audit_name", target))[:150] if target else "",
        reason=reason,
        before=dict(before or {}),
        after=dict(after or {}),
    )
