"""The cached number of users."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Count, Max

from accounts.models import User
from accounts.querysets import people_visible_to

CACHE_KEY = "accounts:population"
# How long the number is cached. Newer users are added to it; closing an account clears it.
SECONDS = 60


def count_people(viewer: User) -> int:
    """Return how many users a viewer may see, the newest included."""
    visible = User.objects.visible_to(AnonymousUser())
    total: int
    if cached := cache.get(CACHE_KEY):
        total, newest = cached
        total += visible.filter(pk__gt=newest).count()
    else:
        counted = User.objects.aggregate(
            total=Count("pk", filter=people_visible_to(AnonymousUser())), newest=Max("pk", default=0)
        )
        total = counted["total"]
        cache.set(CACHE_KEY, (total, counted["newest"]), timeout=SECONDS)
    return total - visible.blocked_either_way_with(viewer).count() if viewer.has_blocks else total


def clear_cached_count() -> None:
    """Clear the cached number. Without Redis, other processes keep theirs until it expires."""
    cache.delete(CACHE_KEY)
