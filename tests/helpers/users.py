"""Users for tests."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from accounts.tests.factories import UserFactory
from moderation.tests.factories import make_moderator

from .clients import PASSWORD, bearer


@pytest.fixture
def ana(db: None) -> User:
    """Return a user who has no password."""
    return UserFactory(username="ana")


@pytest.fixture
def bob(db: None) -> User:
    """Return another user who has no password."""
    return UserFactory(username="bob")


def make_confirmed_user(username: str) -> User:
    """Return a user with a password and a confirmed email address."""
    user = UserFactory(username=username, email=f"{username}@example.com", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def susan(db: None) -> User:
    """Return a user with a password and a confirmed email address."""
    return make_confirmed_user("susan")


@pytest.fixture
def mod(db: None) -> User:
    """Return a moderator."""
    return make_moderator(username="mod")


@pytest.fixture
def root(db: None) -> User:
    """Return an administrator."""
    return make_moderator(username="root")


@pytest.fixture
def ana_client(ana: User) -> Client:
    """Return a browser in which ana is signed in."""
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def susan_client(susan: User) -> Client:
    """Return a browser in which susan is signed in."""
    client = Client()
    client.force_login(susan)
    return client


@pytest.fixture
def mod_client(mod: User) -> Client:
    """Return a browser in which mod is signed in."""
    client = Client()
    client.force_login(mod)
    return client


@pytest.fixture
def root_client(root: User) -> Client:
    """Return a browser in which root is signed in."""
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def as_ana(ana: User) -> Client:
    """Return an API client with a token of ana's."""
    return Client(headers=bearer(ana))


@pytest.fixture
def as_bob(bob: User) -> Client:
    """Return an API client with a token of bob's."""
    return Client(headers=bearer(bob))


@pytest.fixture
def client_of_another() -> Client:
    """Return a second client."""
    return Client()


@pytest.fixture
def mandatory(settings):
    """Send mail to mailboxes, and require a confirmed email address."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.MAIL_GOES_TO = "mailbox"
