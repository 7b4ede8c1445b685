"""Writing to the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from audit.models import AuditEntry


def record(
    action: str,
    *,
    actor: Model | str,
    target: Model | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write an entry, as make_entry() describes it, in the caller's transaction: it is committed with the change."""
    entry = make_entry(action, actor=actor, target=target, reason=reason, before=before, after=after)
    entry.save(force_insert=True)
    return entry


def record_each(entries: Iterable[AuditEntry]) -> None:
    """Write entries of make_entry() in the caller's transaction. One statement."""
    AuditEntry.objects.bulk_create(entries)


def make_entry(
    action: str,
    *,
    actor: Model | str,
    target: Model | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """
    Return an entry, unsaved.

    `actor` is a user, or a text such as that of command_actor(). `before` and `after` hold what changed, as JSON
    types, without secrets. A target whose `str()` is user content defines `audit_name` instead.
    """
    return AuditEntry(
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
