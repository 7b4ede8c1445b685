import pytest
from django.test import Client

from accounts.security.tests.helpers import FIREFOX, sign_in


@pytest.fixture
def signed_in(susan):
    client = Client(headers={"user-agent": FIREFOX})
    sign_in(client)
    return client
