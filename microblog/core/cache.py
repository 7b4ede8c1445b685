"""A cache that the site can do without."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# After Redis did not answer, it is left alone for as long.
PAUSE_SECONDS = 5


def _or_local(name: str) -> Callable[..., Any]:
    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self.answers_from:
            try:
                return getattr(DjangoRedisCache, name)(self, *args, **kwargs)
            except RedisError as error:
                logger.warning("Redis does not answer, this process uses a cache of its own: %r", error)
                type(self).answers_from = time.monotonic() + PAUSE_SECONDS
        return getattr(self.local, name)(*args, **kwargs)

    method.__name__ = name
    return method


class RedisCache(DjangoRedisCache):
    """
    Django's Redis cache, and while Redis does not answer a cache in this process.

    What was in Redis is missing then, as in any cache; throttles go on to count, process by process.
    """

    # Shared by the threads of a process, each of which has an instance of its own.
    answers_from = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.local = LocMemCache("without-redis", {**params, "OPTIONS": {"MAX_ENTRIES": 100_000}})

    add = _or_local("add")
    get = _or_local("get")
    set = _or_local("set")
    touch = _or_local("touch")
    delete = _or_local("delete")
    get_many = _or_local("get_many")
    has_key = _or_local("has_key")
    incr = _or_local("incr")
    set_many = _or_local("set_many")
    delete_many = _or_local("delete_many")
    clear = _or_local("clear")
