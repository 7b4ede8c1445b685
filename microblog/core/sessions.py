"""Where sessions are kept: in the database, so that they end everywhere at once."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read with a statement that is not built anew for each request."""

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.raw("SELECT * FROM django_session WHERE session_key = %s", [self.session_key])
        session = next(iter(found), None)
        if session is not None and session.expire_date > timezone.now():
            return session
        self._session_key = None
        return None
