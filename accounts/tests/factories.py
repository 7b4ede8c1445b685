"""Factories of users, which call the production service."""

from typing import Any

import factory

from accounts.models import User
from accounts.services import register_user


class UserFactory(factory.django.DjangoModelFactory):
    """Users without a usable password unless one is given, which costs a hash."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@example.com")
    password = None

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return register_user(*args, **kwargs)


def counters(person: User) -> tuple[int, int, int]:
    """Return the numbers of posts, followers and followed users as they are stored."""
    person.refresh_from_db()
    return person.post_count, person.follower_count, person.following_count
