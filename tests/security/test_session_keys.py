"""Rows of sessions contain only hashes of the keys, so that reading them does not give a session."""

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from tests.helpers.clients import PASSWORD

pytestmark = pytest.mark.django_db

SECURITY = "/settings/security"


@pytest.fixture
def signed_in(client, susan):
    client.post("/auth/login", {"login": "susan", "password": PASSWORD})
    return client


def test_no_stored_column_is_a_session_key(signed_in):
    rows = [*Session.objects.values(), *UserSession.objects.values()]
    values = {str(value) for row in rows for value in row.values()}
    cookie = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    assert len(rows) == 2
    for value in values:
        assert cookie not in value
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = value
        assert thief.get(SECURITY).status_code == 302, value
    assert signed_in.get(SECURITY).status_code == 200


def test_session_is_read_written_and_deleted_by_its_hash(signed_in):
    first = Session.objects.get().pk
    assert UserSession.objects.get().session_key == first
    session = signed_in.session
    session["note"] = "kept"
    session.save()
    assert signed_in.session["note"] == "kept"
    assert Session.objects.get().pk == first
    signed_in.post("/auth/logout")
    assert not Session.objects.exists()


@pytest.mark.parametrize("others_end", [True, False])
def test_sessions_follow_a_change_of_password(susan, signed_in, others_end):
    other = Client()
    other.post("/auth/login", {"login": "susan", "password": PASSWORD})
    new = "another one entirely"
    form = {"old_password": PASSWORD, "password1": new, "password2": new}
    signed_in.post("/auth/change_password", {**form, **({"end_sessions": "on"} if others_end else {})})
    susan.refresh_from_db()
    assert susan.check_password(new)
    assert signed_in.get(SECURITY).status_code == 200
    assert other.get(SECURITY).status_code == (302 if others_end else 200)
    listed = signed_in.get(SECURITY).content.decode()
    assert listed.count("This device") == 1
    assert UserSession.objects.filter(session_key__in=Session.objects.values("pk")).count() == (1 if others_end else 2)


def test_signing_in_deletes_expired_sessions(susan, signed_in):
    Session.objects.all().delete()
    Client().post("/auth/login", {"login": "susan", "password": PASSWORD})
    assert UserSession.objects.get().session_key == Session.objects.get().pk
