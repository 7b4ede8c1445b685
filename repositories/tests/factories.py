"""Factories of repositories, issues and watches."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.tests.factories import UserFactory
from repositories.models import Issue, Repository, Watch, search_text_of


class RepositoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Repository

    owner = "octocat"
    name = factory.Sequence(lambda n: f"project-{n}")


class IssueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Issue

    id = factory.Sequence(lambda n: str(10_000 + n))
    repository = factory.SubFactory(RepositoryFactory)
    number = factory.Sequence(lambda n: n + 1)
    title = factory.Sequence(lambda n: f"Found a bug, number {n}")
    state = Issue.State.OPEN
    author = "octocat"
    labels = factory.LazyFunction(lambda: ["bug"])
    opened_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    updated_at = factory.SelfAttribute("opened_at")
    search_text = factory.LazyAttribute(lambda issue: search_text_of(issue.title, issue.labels))


class WatchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Watch

    user = factory.SubFactory(UserFactory)
    repository = factory.SubFactory(RepositoryFactory)
