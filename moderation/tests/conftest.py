"""Whom and what most tests are about."""

import pytest

from accounts.models import User
from accounts.tests.factories import UserFactory
from moderation.tests.factories import make_moderator
from posts.models import Post
from posts.tests.factories import PostFactory


@pytest.fixture
def mod(db: None) -> User:
    return make_moderator(username="mod")


@pytest.fixture
def post(db: None) -> Post:
    return PostFactory(author=UserFactory(username="bob"), body="Buy my watches.")
