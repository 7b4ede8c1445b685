"""The accounts, the engines of search and the clients of the API that attacks are tried on."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import mandatory
from accounts.tests.factories import UserFactory
from accounts.tests.mailing import deliver
from accounts.tests.test_api_contract import PASSWORD, bearer
from microblog.tests.conftest import ana, as_ana
from search.tests.conftest import _indexes, _nothing_is_put_off, elasticsearch, empty_indexes, engine, settle

__all__ = [
    "_indexes",
    "_nothing_is_put_off",
    "ana",
    "as_ana",
    "elasticsearch",
    "empty_indexes",
    "engine",
    "mandatory",
    "settle",
    "stolen_token",
    "victim",
]


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
