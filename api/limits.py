"""
Rate limits of the API, and their headers.

Each limit counts in fixed windows, which begin at the same time for all clients, by an atomic counter in the cache:
concurrent requests are all counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from allauth.core import ratelimit
from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from microblog.core.allauth_internals import parse_rate

# Retry-After, in seconds, beyond a limit of ACCOUNT_RATE_LIMITS.
RETRY_AFTER = 300


class Limit(NamedTuple):
    """A number of requests of one scope in a window of seconds."""

    scope: str
    amount: int
    seconds: int


class Usage(NamedTuple):
    """The requests of a client in the current window of a limit, and the seconds until the next window."""

    limit: Limit
    used: int
    resets_in: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit.amount - self.used)

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit.amount


@lru_cache
def _parse(scope: str, rate: str) -> Limit:
    parsed = parse_rate(rate)
    return Limit(scope, parsed.amount, int(parsed.duration))


def limit(scope: str) -> Limit:
    """Return the limit of a scope."""
    return _parse(scope, settings.API_RATE_LIMITS[scope])


def count(scope: str, client: str | int) -> Usage:
    """Count one request, and return the usage of the client."""
    rule = limit(scope)
    now = int(time.time())
    window = now // rule.seconds
    resets_in = (window + 1) * rule.seconds - now
    key = f"api:{scope}:{client}:{window}"
    try:
        return Usage(rule, cache.incr(key), resets_in)
    except ValueError:
        if cache.add(key, 1, timeout=rule.seconds):
            return Usage(rule, 1, resets_in)
    return Usage(rule, cache.incr(key), resets_in)


def tightest(usages: Iterable[Usage]) -> Usage:
    """Return the usage that is closest to its limit, exceeded ones first."""
    return min(usages, key=lambda usage: (not usage.is_exceeded, usage.remaining / usage.limit.amount))


def headers(usage: Usage) -> dict[str, str]:
    """Return the headers of a usage, by the names that many clients know and by those of the draft standard."""
    limit, remaining, reset = usage.limit, str(usage.remaining), str(usage.resets_in)
    return {
        "X-RateLimit-Limit": str(limit.amount),
        "X-RateLimit-Remaining": remaining,
        "X-RateLimit-Reset": reset,
        "RateLimit-Policy": f'"{limit.scope}";q={limit.amount};w={limit.seconds}',
        "RateLimit": f'"{limit.scope}";r={remaining};t={reset}',
    }


def throttle(request: Request, action: str, key: str | None = None) -> None:
    """Count a request in a limit of ACCOUNT_RATE_LIMITS, together with the pages; raise Throttled beyond it."""
    if not ratelimit.consume(request._request, action=action, key=key):
        raise Throttled(RETRY_AFTER)
