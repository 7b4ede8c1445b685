"""The account that attacks are tried on."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from accounts.tests.factories import UserFactory
from tests.helpers.clients import PASSWORD, bearer
from tests.helpers.mail import deliver


@pytest.fixture
def victim(db: None) -> User:
    """Return a user with a password and a confirmed email address."""
    user = UserFactory(username="victim", email="victim@example.com", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def stolen_token(victim: User) -> Client:
    """Return an API client that has a token of the victim's and nothing else."""
    client = Client(headers=bearer(victim))
    deliver()
    return client
