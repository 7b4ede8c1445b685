"""Fixtures of moderation."""

import pytest

from accounts.models import User
from posts.models import Post
from posts.tests.factories import PostFactory


@pytest.fixture
def post(bob: User) -> Post:
    return PostFactory(author=bob, body="Buy my watches.")
