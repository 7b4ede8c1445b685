"""API clients, and form data."""

import base64
import json
from datetime import timedelta
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.security.services import make_token

PASSWORD = "measures twice"
# Data of the sign-up form.
REGISTRATION = {
    "username": "susan",
    "email": "Susan@Example.com",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def basic(login: str, password: str = PASSWORD) -> dict[str, str]:
    """Return headers with a password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


def bearer(user: User, **options: Any) -> dict[str, str]:
    """Return headers with a token of the user."""
    _token, secret = make_token(user, name="test", lifetime=timedelta(hours=1), **options)
    return {"Authorization": f"Bearer {secret}"}


def write(client: Client, method: str, path: str, data: Any, **options: Any) -> HttpResponse:
    """Send data as JSON."""
    return getattr(client, method)(path, data, content_type="application/json", **options)


def send(client: Client, method: str, path: str, data: Any = None, **headers: str) -> HttpResponse:
    """Send a body as it is, or data as JSON."""
    body = data if isinstance(data, (str, bytes)) else json.dumps({} if data is None else data)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic(method, path, body, content_type="application/json", headers=named)


def said(response: HttpResponse) -> list[str]:
    """Return the messages that a response shows once."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def item_ids(response: HttpResponse) -> list[int]:
    """Return the ids on a page of a list of the API."""
    assert response.status_code == 200, response.content
    return [item["id"] for item in response.json()["items"]]
