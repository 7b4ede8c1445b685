"""Sessions in the database, so that they end everywhere at once, under the hashes of their keys."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from microblog.core.performance.queries import compiled

# The length of the column of Django's model: 160 bits of the hash.
STORED_KEY_LENGTH = 40


def hash_session_key(session_key: str) -> str:
    """Return the key of a session in the database, which cannot be used as a cookie."""
    return sha256(session_key.encode()).hexdigest()[:STORED_KEY_LENGTH]


class SessionStore(db.SessionStore):
    """
    Django's database sessions, with hashed keys and a compiled query.

    `session_key` is the key in the cookie, `stored_key` that of the row. Django's asynchronous methods are unchanged.
    """

    @property
    def stored_key(self) -> str:
        """Return the key of the session's row, or '' if there is none."""
        return hash_session_key(self.session_key) if self.session_key else ""

    def _get_session_from_db(self) -> Session | None:
        session = next(iter(_sessions(self.stored_key)), None)
        if session is not None and session.expire_date > timezone.now():
            return session
        self._session_key = None
        return None

    def exists(self, session_key: str) -> bool:
        return super().exists(hash_session_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        session = super().create_model_instance(data)
        session.session_key = hash_session_key(session.session_key)
        return session

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            super().delete(hash_session_key(key))


@compiled
def _sessions(key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key)
