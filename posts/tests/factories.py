"""A factory of posts that uses publish_post()."""

from typing import Any

import factory

from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.services import publish_post


class PostFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Post

    author = factory.SubFactory(UserFactory)
    body = factory.Sequence(lambda n: f"Thought number {n}.")

    @classmethod
    def _create(cls, model_class: type[Post], *args: Any, **kwargs: Any) -> Post:
        return publish_post(kwargs.pop("author"), **kwargs)
