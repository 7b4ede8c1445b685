"""Rows of sessions contain only hashes of the keys, so that reading them does not give a session."""

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.tests.factories import UserFactory
from microblog.core.sessions import SessionStore, hash_session_key
from tests.helpers.clients import PASSWORD

pytestmark = pytest.mark.django_db

SECURITY = "/settings/security"
# A Unix time after which nothing has changed.
LATER = 2**33


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


def test_key_names_the_user_and_one_query_fetches_both(signed_in, susan, django_assert_num_queries):
    assert signed_in.cookies[settings.SESSION_COOKIE_NAME].value.endswith(f"-{susan.pk}")
    signed_in.get("/notifications?since=0")
    with django_assert_num_queries(1):
        signed_in.get(f"/notifications?since={LATER}")


def test_row_of_a_session_decides_its_user_and_not_its_key(signed_in, susan):
    key, _, _user_id = signed_in.cookies[settings.SESSION_COOKIE_NAME].value.partition("-")
    other, row, client = UserFactory(), Session.objects.get(), Client()
    for user_id in (f"-{other.pk}", "", "-0", f"-{'9' * 18}", f"-{'9' * 99}", "-", "-x"):
        client.cookies[settings.SESSION_COOKIE_NAME] = key + user_id
        assert client.get(SECURITY).status_code == 302, user_id
    # Keys of sessions that began before they named the user, and of users that are not there, work as well.
    for user_id in (f"-{other.pk}", "", f"-{'9' * 18}"):
        moved = {"session_data": row.session_data, "expire_date": row.expire_date}
        Session.objects.create(session_key=hash_session_key(key + user_id), **moved)
        client.cookies[settings.SESSION_COOKIE_NAME] = key + user_id
        response = client.get(SECURITY)
        assert (response.status_code, response.wsgi_request.user) == (200, susan), user_id


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


def test_data_of_a_session_that_was_changed_without_the_secret_is_refused(signed_in):
    cookie = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    assert signed_in.get(SECURITY).status_code == 200
    data = Session.objects.get().session_data
    content, signature = data.split(":", 1)
    for changed in (f"{content[:-1]}{'B' if content[-1] == 'A' else 'A'}:{signature}", f"{data}A", "", "."):
        Session.objects.update(session_data=changed)
        signed_in.cookies[settings.SESSION_COOKIE_NAME] = cookie
        assert signed_in.get(SECURITY).status_code == 302, changed


def test_requests_of_a_session_do_not_share_what_was_decoded(susan, signed_in):
    data = Session.objects.get().session_data
    first, second = (SessionStore().decode(data) for _ in range(2))
    first["account_authentication_methods"].append("changed")
    assert second == SessionStore().decode(data) != first
