"""A circuit breaker, so that requests do not wait for an engine that fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from search.engines.base import SearchUnavailable

logger = logging.getLogger(__name__)

# Seconds between two attempts while something fails.
PAUSE_SECONDS = 5.0


class CircuitBreaker:
    """
    Allows calls while they succeed; after a failure, one call every PAUSE_SECONDS as a probe.

    All others raise SearchUnavailable at once. Each process has its own breaker.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries_from: float | None = None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Record whether the call inside raises SearchUnavailable; raise it at once while the breaker is open."""
        with self._lock:
            now = time.monotonic()
            if self._tries_from is not None:
                if now < self._tries_from:
                    raise SearchUnavailable("It failed a moment ago.")
                self._tries_from = now + PAUSE_SECONDS
        try:
            yield
        except SearchUnavailable as error:
            with self._lock:
                if self._tries_from is None:
                    logger.warning("Search engine unavailable, using the database: %s", error)
                self._tries_from = time.monotonic() + PAUSE_SECONDS
            raise
        with self._lock:
            if self._tries_from is not None:
                logger.warning("Search engine available again")
            self._tries_from = None
