"""Malformed requests get a 4xx, never a 5xx."""

from datetime import timedelta

import pytest

from accounts.security.services import make_token
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

BODY = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n%b\r\n--x--\r\n'


@pytest.mark.once
@pytest.mark.parametrize("charset", ["unicode_escape", "utf-16", "base64", "nonsense"])
def test_text_in_another_encoding_is_refused(client, charset):
    client.force_login(UserFactory())
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    for path in ("/", "/explore", "/auth/login", "/api/posts"):
        assert client.generic("POST", path, BODY % rb"\ud800", kind).status_code == 415, path
        assert client.get(path, CONTENT_TYPE=kind).status_code == 415, path


@pytest.mark.parametrize("charset", ["utf-8", "UTF8"])
def test_text_in_utf8_is_read(client, charset):
    client.force_login(UserFactory())
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert client.post("/", BODY % "é".encode(), content_type=kind).status_code == 302


@pytest.mark.parametrize("key", ["%00-a", "-a", "a-", "-", "%00-%00", "zzzzzzzzzzzzz-abc", "a" * 3000, "%F0%9F-a"])
def test_malformed_reset_link_redirects_home(client, key):
    assert client.get(f"/auth/reset_password/{key}")["Location"] == "/"


class TestJson:
    @pytest.fixture
    def post(self, client):
        user = UserFactory(password="measures twice")
        _row, token = make_token(user, name="", lifetime=timedelta(hours=1))
        headers = {"Authorization": f"Bearer {token}"}
        return lambda path, text: client.generic("PUT", path, text, "application/json", headers=headers)

    @pytest.mark.parametrize("value", [r'"\ud800"', r'"a@\ud800.com"', r'{"\udfff": 1}', "[" * 100 + "]" * 100])
    def test_lone_surrogates_are_refused(self, post, value):
        for field in ("language", "theme", "avatar_source", "email", "time_zone", "about_me", "other"):
            assert post("/api/account", f'{{"{field}": {value}}}').status_code == 400, field

    def test_pairs_of_surrogates_are_characters(self, post):
        assert post("/api/account", r'{"about_me": "\ud83d\ude00"}').status_code == 200
