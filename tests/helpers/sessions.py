"""Sessions that began a while ago."""

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session


def age_sessions(seconds: int = 3600) -> None:
    """Move the sign-ins and re-authentications of all sessions into the past."""
    sessions = list(Session.objects.all())
    assert sessions
    for session in sessions:
        data = session.get_decoded()
        for record in data.get(AUTHENTICATION_METHODS_SESSION_KEY, []):
            record["at"] -= seconds
        session.session_data = SessionStore().encode(data)
        session.save()
