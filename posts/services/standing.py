"""Whether a post may be seen by others. Who hides or restores one, and why, is logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from audit.services import record
from posts.models import Post

HIDDEN_FIELDS = ["hidden_at", "hidden_by", "hidden_reason"]


@transaction.atomic
def hide_post(
    post: Post, *, actor: User, reason: str, rule: str = "", details: Mapping[str, Any] | None = None
) -> bool:
    """
    Let a post be seen by its author alone, who reads the rule or else the reason beside it; return whether it is new.

    A post that is hidden or deleted already stays as it is. `details` go into the log.
    """
    current = _locked(post)
    if current is None or current.hidden_at is not None:
        return False
    current.hidden_at, current.hidden_by, current.hidden_reason = timezone.now(), actor, (rule or reason)[:200]
    _save(current, by=-1)
    after = {"hidden_at": current.hidden_at.isoformat(), **(details or {})}
    record("post.hide", actor=actor, target=current, reason=reason, before={"hidden_at": None}, after=after)
    return True


@transaction.atomic
def restore_post(post: Post, *, actor: User, reason: str = "", details: Mapping[str, Any] | None = None) -> bool:
    """Let a hidden post be seen again; return whether it was hidden. `details` go into the log."""
    current = _locked(post)
    if current is None or current.hidden_at is None:
        return False
    before = {"hidden_at": current.hidden_at.isoformat(), "hidden_reason": current.hidden_reason}
    current.hidden_at, current.hidden_by, current.hidden_reason = None, None, ""
    _save(current, by=1)
    record("post.restore", actor=actor, target=current, reason=reason, before=before, after=details)
    return True


def _locked(post: Post) -> Post | None:
    """Read a post as it is now, to change it; None when it is gone."""
    return Post.objects.select_related("author").select_for_update(of=("self",)).filter(pk=post.pk).first()


def _save(post: Post, *, by: int) -> None:
    """Save whether a post is hidden, and move its author's counter along."""
    # Saved, not updated, so that whoever listens to posts learns of it.
    post.save(update_fields=HIDDEN_FIELDS)
    User.objects.filter(pk=post.author_id).update(post_count=Greatest(F("post_count") + by, Value(0)))
