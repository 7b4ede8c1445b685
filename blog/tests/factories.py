"""Factories of entries and snippets that use create_publication()."""

from typing import Any

import factory

from accounts.tests.factories import UserFactory
from blog.models import Entry, Publication, Snippet
from blog.services import create_publication

OPTIONS = {"tags", "announce", "submission_key", "created_at"}


class PublicationFactory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True

    author = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class: type[Publication], *args: Any, **kwargs: Any) -> Publication:
        options = {name: kwargs.pop(name) for name in OPTIONS & kwargs.keys()}
        return create_publication(model_class(**kwargs), **options)


class EntryFactory(PublicationFactory):
    class Meta:
        model = Entry

    title = factory.Sequence(lambda n: f"Entry number {n}")
    body = "A paragraph with *emphasis*."


class SnippetFactory(PublicationFactory):
    class Meta:
        model = Snippet

    title = factory.Sequence(lambda n: f"Snippet number {n}")
    body = "print('Hello')"
