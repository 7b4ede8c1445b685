"""A Redis cache with a fallback."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# How long Redis is not used after it failed to respond.
PAUSE_SECONDS = 5


def _with_fallback(name: str) -> Callable[..., Any]:
    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self.paused_until:
            try:
                return getattr(DjangoRedisCache, name)(self, *args, **kwargs)
            except RedisError as error:
                logger.warning("Redis does not respond, this process uses its own cache: %r", error)
                type(self).paused_until = time.monotonic() + PAUSE_SECONDS
        return getattr(self.local, name)(*args, **kwargs)

    method.__name__ = name
    return method


class RedisCache(DjangoRedisCache):
    """
    Django's Redis cache, with a cache in this process as a fallback while Redis is unavailable.

    Values in Redis are missing then, as in any cache; rate limits count for each process.
    """

    # On the class, because each thread has its own instance.
    paused_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.local = LocMemCache("without-redis", {**params, "OPTIONS": {"MAX_ENTRIES": 100_000}})

    add = _with_fallback("add")
    get = _with_fallback("get")
    set = _with_fallback("set")
    touch = _with_fallback("touch")
    delete = _with_fallback("delete")
    get_many = _with_fallback("get_many")
    has_key = _with_fallback("has_key")
    incr = _with_fallback("incr")
    set_many = _with_fallback("set_many")
    delete_many = _with_fallback("delete_many")
    clear = _with_fallback("clear")
