"""The account that is attacked."""

import pytest
from django.test import Client

from accounts.models import User
from tests.helpers.clients import bearer
from tests.helpers.mail import deliver
from tests.helpers.users import make_confirmed_user


@pytest.fixture
def victim(db: None) -> User:
    """Return a user with a password and a confirmed email address."""
    return make_confirmed_user("victim")


@pytest.fixture
def stolen_token(victim: User) -> Client:
    """Return an API client with only a token of the victim."""
    client = Client(headers=bearer(victim))
    deliver()
    return client
