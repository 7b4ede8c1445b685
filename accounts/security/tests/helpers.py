"""What tests of signing in do again and again."""

import re

from tests.helpers.authenticators import AuthenticatorApp
from tests.helpers.clients import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SECURITY = "/settings/security"


def sign_in(client, password=PASSWORD, login="susan"):
    return client.post("/auth/login", {"login": login, "password": password})


def confirm(client, password=PASSWORD, path=SECURITY):
    return client.post(f"/auth/reauthenticate?next={path}", {"password": password})


def kinds(user):
    return list(user.security_events.order_by("pk").values_list("kind", flat=True))


def set_up_totp(client, *, typed=str):
    """Set an authenticator app up as a person would, and return it with the recovery codes."""
    confirm(client)
    page = client.get("/auth/totp/activate").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    app = AuthenticatorApp(re.search(r'"totp-key"[^>]*>([A-Z2-7]+)<', page)[1])
    response = client.post("/auth/totp/activate", {"code": typed(app.now())})
    assert response["Location"] == "/auth/recovery_codes"
    codes = re.findall(r"mb-code\">(\d{8})<", client.get("/auth/recovery_codes").content.decode())
    assert len(codes) == 10
    return app, codes
