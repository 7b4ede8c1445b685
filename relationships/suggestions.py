"""Suggestions of users to follow."""

from __future__ import annotations

from django.core.cache import cache
from django.db.models import QuerySet

from accounts.models import User
from accounts.querysets import people_unmuted_by
from microblog.core.performance.queries import compiled

SHOWN = 3
# The number of candidates to choose from, and for how many seconds they are cached.
CANDIDATES, CANDIDATES_CACHED = 20, 10 * 60


def suggest_users(viewer: User) -> list[User]:
    """
    Return the most followed users that a viewer does not follow, at most SHOWN.

    The candidates are cached; a follow, block or mute takes effect at once.
    """
    candidates = cache.get_or_set(
        f"suggestions:{viewer.pk}",
        lambda: list(User.objects.visible_to(viewer).suggested_to(viewer).values_list("pk", flat=True)[:CANDIDATES]),
        CANDIDATES_CACHED,
    )
    return _choose(viewer, candidates)


@compiled
def _choose(viewer: User, candidates: list[int]) -> QuerySet[User]:
    users = User.objects.visible_to(viewer).filter(people_unmuted_by(viewer)).with_is_followed(viewer)
    return users.filter(pk__in=candidates, is_followed=False).order_by("-follower_count", "-pk")[:SHOWN]
