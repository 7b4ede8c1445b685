"""Requests that no browser and no client sends are refused, and never an error of the site's own."""

import pytest

from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

BODY = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n%b\r\n--x--\r\n'


@pytest.mark.parametrize("path", ["/", "/explore", "/auth/login", "/api/posts"])
@pytest.mark.parametrize("charset", ["unicode_escape", "utf-16", "base64", "nonsense"])
def test_text_in_another_encoding_is_refused(client, path, charset):
    client.force_login(UserFactory())
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert client.generic("POST", path, BODY % rb"\ud800", kind).status_code == 415
    assert client.get(path, CONTENT_TYPE=kind).status_code == 415


@pytest.mark.parametrize("charset", ["utf-8", "UTF8"])
def test_text_in_utf8_is_read(client, charset):
    client.force_login(UserFactory())
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert client.post("/", BODY % "é".encode(), content_type=kind).status_code == 302
