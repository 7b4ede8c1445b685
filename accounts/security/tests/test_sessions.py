from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security.models import SecurityEvent
from accounts.security.services import (
    end_sessions,
    keep_sessions,
    replace_password,
)
from accounts.security.tests.helpers import SECURITY, confirm, kinds, sign_in
from accounts.tests.factories import UserFactory
from tests.helpers.clients import PASSWORD
from tests.helpers.sessions import age_sessions

# Factors are announced once they are committed.
pytestmark = pytest.mark.django_db(transaction=True)

Kind = SecurityEvent.Kind


class TestSessions:
    def test_all_are_listed_and_this_one_is_marked(self, susan, signed_in):
        other = Client(headers={"user-agent": "curl/8.5.0"})
        sign_in(other)
        page = signed_in.get(SECURITY).content.decode()
        assert "Firefox on Linux" in page and "curl" in page
        assert page.count("This device") == 1

    def test_one_is_ended_after_the_password_was_given(self, susan, signed_in):
        other = Client()
        sign_in(other)
        row = UserSession.objects.get(session_key=other.session.stored_key)
        age_sessions()
        asked = signed_in.post(f"/settings/security/sessions/{row.pk}/end")
        assert asked["Location"].startswith("/auth/reauthenticate?next=")
        assert other.get(SECURITY).status_code == 200
        # Given the password, what was asked for is done.
        assert signed_in.post(asked["Location"], {"password": PASSWORD})["Location"] == SECURITY
        assert other.get(SECURITY).status_code == 302
        assert signed_in.get(SECURITY).status_code == 200
        assert kinds(susan)[-1] == Kind.SESSION_ENDED

    def test_all_others_are_ended(self, susan, signed_in):
        others = [Client(), Client()]
        for other in others:
            sign_in(other)
        confirm(signed_in)
        signed_in.post("/settings/security/sessions/end")
        assert [other.get(SECURITY).status_code for other in others] == [302, 302]
        assert signed_in.get(SECURITY).status_code == 200
        assert UserSession.objects.count() == 1

    def test_current_session_and_those_of_others_cannot_be_ended(self, susan, signed_in):
        UserFactory(username="bob", password=PASSWORD)
        bob = Client()
        sign_in(bob, login="bob")
        confirm(signed_in)
        for session in UserSession.objects.all():
            signed_in.post(f"/settings/security/sessions/{session.pk}/end")
        assert Session.objects.filter(session_key=bob.session.stored_key).exists()
        assert signed_in.get(SECURITY).status_code == 200

    def test_services_end_and_keep_them(self, susan, signed_in):
        replace_password(susan, "another one entirely")
        keep_sessions(susan)
        assert signed_in.get(SECURITY).status_code == 200
        assert end_sessions(susan) == 1
        assert end_sessions(susan) == 0
        assert signed_in.get(SECURITY).status_code == 302

    def test_one_that_began_before_they_were_listed_appears(self, client, susan):
        client.force_login(susan)
        assert "This device" in client.get(SECURITY).content.decode()

    def test_last_use_follows_in_the_rhythm_of_last_seen(self, susan, signed_in):
        earlier = timezone.now() - timedelta(minutes=5)
        UserSession.objects.update(last_seen_at=earlier)
        User.objects.update(last_seen=earlier)
        signed_in.get("/about")
        assert UserSession.objects.get().last_seen_at > earlier
