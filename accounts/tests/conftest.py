"""What tests of signing up, in and back in start from."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.tests.factories import UserFactory


@pytest.fixture
def mandatory(settings):
    """Let mail go out, and accounts open only with a confirmed address."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.MAIL_GOES_TO = "mailbox"


@pytest.fixture
def susan():
    """Make somebody with a password and a confirmed address."""
    susan = UserFactory(username="susan", email="susan@example.com", password="measures twice")
    EmailAddress.objects.create(user=susan, email=susan.email, primary=True, verified=True)
    return susan


@pytest.fixture
def client_of_another():
    return Client()
