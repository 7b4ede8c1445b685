"""Leaves alone for a while what failed, so that nobody waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from search.engines.base import EngineAway

logger = logging.getLogger(__name__)

# Seconds between two attempts while something fails.
PAUSE_SECONDS = 5.0


class CircuitBreaker:
    """
    Lets calls through while they succeed; after one failed, a single one every PAUSE_SECONDS tries whether it does.

    The others raise EngineAway at once. Each process has its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries_from: float | None = None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Watch a call that raises EngineAway when it fails; raise it at once while that is to be expected."""
        with self._lock:
            now = time.monotonic()
            if self._tries_from is not None:
                if now < self._tries_from:
                    raise EngineAway("It failed a moment ago.")
                self._tries_from = now + PAUSE_SECONDS
        try:
            yield
        except EngineAway as error:
            with self._lock:
                if self._tries_from is None:
                    logger.warning("The search engine is left alone, the database searches: %s", error)
                self._tries_from = time.monotonic() + PAUSE_SECONDS
            raise
        with self._lock:
            if self._tries_from is not None:
                logger.warning("The search engine answers again")
            self._tries_from = None
