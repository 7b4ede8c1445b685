"""How many people there are, without counting all of them for each request."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Count, Max

from accounts.models import User
from accounts.querysets import people_visible_to

CACHE_KEY = "accounts:population"
# For how long the number is cached; who joins since is counted, and a closed account forgets it.
SECONDS = 60


def count_people(viewer: User) -> int:
    """Return how many people a viewer may see, those included who have joined a moment ago."""
    everybody = User.objects.visible_to(AnonymousUser())
    total: int
    if cached := cache.get(CACHE_KEY):
        total, newest = cached
        total += everybody.filter(pk__gt=newest).count()
    else:
        counted = User.objects.aggregate(
            total=Count("pk", filter=people_visible_to(AnonymousUser())), newest=Max("pk", default=0)
        )
        total = counted["total"]
        cache.set(CACHE_KEY, (total, counted["newest"]), timeout=SECONDS)
    return total - everybody.blocked_either_way_with(viewer).count() if viewer.has_blocks else total


def clear_cached_count() -> None:
    """Count again at the next request. Without Redis, other processes do so when their number expires."""
    cache.delete(CACHE_KEY)
