"""
Throttles: rate limits of requests in the API, and their headers.

Each limit counts in fixed windows, which begin at the same time for all clients, by an atomic counter in the cache:
concurrent requests are all counted.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any, NamedTuple

from allauth.core import ratelimit
from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from microblog.core.allauth_internals import get_ip, parse_rate

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

    @property
    def rank(self) -> tuple[bool, float]:
        """Return the order in which usages matter to the client: exceeded ones first, then the closest."""
        return not self.is_exceeded, self.remaining / self.limit.amount

    def headers(self) -> dict[str, str]:
        """Return the usage by the names that many clients know and by those of the draft standard."""
        limit, remaining, reset = self.limit, str(self.remaining), str(self.resets_in)
        return {
            "X-RateLimit-Limit": str(limit.amount),
            "X-RateLimit-Remaining": remaining,
            "X-RateLimit-Reset": reset,
            "RateLimit-Policy": f'"{limit.scope}";q={limit.amount};w={limit.seconds}',
            "RateLimit": f'"{limit.scope}";r={remaining};t={reset}',
        }


@lru_cache
def _parse(scope: str, rate: str) -> Limit:
    parsed = parse_rate(rate)
    return Limit(scope, parsed.amount, int(parsed.duration))


def limit(scope: str) -> Limit:
    """Return the limit of a scope of API_RATE_LIMITS."""
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


def client_of(request: Request) -> str:
    """Return who sends a request: the id of the user, or else the IP address."""
    return get_ip(request._request) if request.user.pk is None else str(request.user.pk)


class Throttle(SimpleRateThrottle):
    """Count the requests of a client in a scope, and let the view describe the limit closest to being exceeded."""

    usage: Usage

    def __init__(self) -> None:
        """Leave the rate to allow_request(), which can read it from the view."""

    def get_scope(self, request: Request, view: Any) -> str | None:
        return self.scope

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return client_of(request)

    def allow_request(self, request: Request, view: Any) -> bool:
        scope, client = self.get_scope(request, view), self.get_cache_key(request, view)
        if scope is None or client is None:
            return True
        self.usage = count(scope, client)
        if view.usage is None or self.usage.rank < view.usage.rank:
            view.usage = self.usage
        return not self.usage.is_exceeded

    def wait(self) -> int:
        return self.usage.resets_in


class IPAddressThrottle(Throttle):
    """Limit requests without a valid token."""

    scope = "address"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return client_of(request) if request.user.pk is None else None


class AccountThrottle(Throttle):
    """Limit the requests of all tokens of an account."""

    scope = "account"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return None if request.user.pk is None else client_of(request)


class TokenThrottle(Throttle):
    """Limit the requests of a token."""

    scope = "token"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return None if request.auth is None else str(request.auth.pk)


class MethodThrottle(Throttle):
    """Limit some methods of a view in addition, by their scopes in its `throttle_scopes`."""

    def get_scope(self, request: Request, view: Any) -> str | None:
        scope: str | None = view.throttle_scopes.get(request.method)
        return scope


def throttle(request: Request, action: str, key: str | None = None) -> None:
    """Count a request in a limit of ACCOUNT_RATE_LIMITS, together with the pages; raise Throttled beyond it."""
    if not ratelimit.consume(request._request, action=action, key=key):
        raise Throttled(RETRY_AFTER)
