"""Lookup of users by the username in a URL."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import User
from accounts.validators import fold_username
from microblog.core.performance.queries import compiled


def find_visible_user(viewer: User, username: str) -> User | None:
    """
    Return the user with a current or former username, or None if not visible.

    They are annotated with `is_followed`, `hides_reposts` and `is_muted`.
    """
    if "\0" in username:
        return None  # PostgreSQL refuses to compare it
    return next(iter(_holders_of(viewer, fold_username(username))), None)


@compiled
def _holders_of(viewer: User, key: str) -> QuerySet[User]:
    people = User.objects.visible_to(viewer).with_is_followed(viewer).with_hides_reposts(viewer)
    return people.with_is_muted(viewer).by_username(key)
