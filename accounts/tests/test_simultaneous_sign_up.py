"""An email address that another account takes between the check and the creation of an account."""

from contextlib import contextmanager

import pytest
from django.db import connection

from accounts.models import User
from accounts.placeholders import is_placeholder_email
from accounts.tests.factories import UserFactory
from tests.helpers.clients import REGISTRATION
from tests.helpers.mail import deliver

pytestmark = pytest.mark.django_db

EMAIL = "susan@example.com"
API_REGISTRATION = {"username": "susan", "email": EMAIL, "password": "measures twice"}
DOORS = {
    "page": lambda client: client.post("/auth/register", REGISTRATION),
    "API": lambda client: client.post("/api/users", API_REGISTRATION, content_type="application/json"),
}


@contextmanager
def taken_after_the_check():
    """Create another account with the email address as soon as a query has found that there is none."""
    created = []

    def create_rival(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if not created and sql.startswith("SELECT") and '"accounts_user"' in sql and EMAIL in params:
            created.append(None)
            UserFactory(username="rival", email=EMAIL)
        return result

    with connection.execute_wrapper(create_rival):
        yield
    assert created


@pytest.mark.parametrize(
    ("door", "status", "location"), [("page", 302, "/auth/confirm_email"), ("API", 201, "/api/users/{pk}")]
)
@pytest.mark.usefixtures("mandatory")
def test_email_address_taken_concurrently_is_not_revealed(client, door, status, location):
    with taken_after_the_check():
        response = DOORS[door](client)
    susan = User.objects.get(username="susan")
    assert (response.status_code, response["Location"]) == (status, location.format(pk=susan.pk))
    assert is_placeholder_email(susan.email) and susan.claimed_email == EMAIL
    assert deliver() == [("You already have an account", [EMAIL])]


@pytest.mark.parametrize("door", DOORS)
def test_email_address_taken_concurrently_is_reported_where_verification_is_optional(client, door):
    with taken_after_the_check():
        response = DOORS[door](client)
    assert "use a different email address" in response.content.decode()
    assert not User.objects.filter(username="susan").exists()
