"""Where sessions are kept: in the database, so that they end everywhere at once."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from microblog.core.compiled import compiled


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read by a query that is compiled once."""

    def _get_session_from_db(self) -> Session | None:
        session = next(iter(_sessions(self.session_key or "")), None)
        if session is not None and session.expire_date > timezone.now():
            return session
        self._session_key = None
        return None


@compiled
def _sessions(key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key)
