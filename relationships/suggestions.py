"""Users whom a viewer may want to follow."""

from __future__ import annotations

from django.core.cache import cache
from django.db.models import QuerySet

from accounts.models import User
from accounts.querysets import people_unmuted_by
from microblog.core.performance.queries import compiled

SHOWN = 3
# From how many candidates, cached for so many seconds, these are taken.
CANDIDATES, CANDIDATES_CACHED = 20, 10 * 60


def suggest_users(viewer: User) -> list[User]:
    """
    Return the most followed users whom a viewer does not follow, at most SHOWN.

    The candidates are cached for some minutes; a follow, block or mute counts at once.
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
