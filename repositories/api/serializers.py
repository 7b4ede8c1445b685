"""Serializers of repositories and issues."""

from __future__ import annotations

from rest_framework import serializers

from api.examples import TIME
from api.serializers import LinksField, ResourceSerializer
from repositories.models import Issue, Repository


class OutcomeTextField(serializers.CharField):
    """How the last fetch ended, as a sentence."""

    def to_representation(self, instance: Repository) -> str:
        return str(instance.get_outcome_display())


class RepositorySerializer(ResourceSerializer):
    """A repository on GitHub, and how the last fetch of its issues ended."""

    id = serializers.IntegerField()
    owner = serializers.CharField(initial="octocat")
    name = serializers.CharField(initial="hello-world")
    description = serializers.CharField(initial="My first repository on GitHub")
    issue_count = serializers.IntegerField(help_text="Open issues.")
    pull_request_count = serializers.IntegerField(help_text="Open pull requests.")
    outcome = serializers.ChoiceField(choices=Repository.Outcome.values, help_text="How the last fetch ended.")
    outcome_text = OutcomeTextField(
        source="*", initial="All issues were fetched.", help_text="In the language of the request."
    )
    attempted_at = serializers.DateTimeField(allow_null=True, initial=TIME, help_text="When it was last fetched from.")
    fetched_at = serializers.DateTimeField(
        allow_null=True, initial=TIME, help_text="When all issues were last up to date."
    )
    is_watched = serializers.BooleanField(help_text="Whether you watch it.")
    _links = LinksField(
        self="api:repository",
        issues="api:issues",
        html=Repository.get_absolute_url,
        github=lambda repository: repository.github_url,
    )


class IssueSerializer(ResourceSerializer):
    """An issue or a pull request, as GitHub had it when it was last fetched. All texts are plain text."""

    number = serializers.IntegerField()
    title = serializers.CharField(initial="Found a bug")
    state = serializers.ChoiceField(choices=Issue.State.values)
    author = serializers.CharField(initial="octocat", help_text="A username on GitHub; empty if it was deleted.")
    labels = serializers.ListField(child=serializers.CharField(), initial=["bug"])
    is_pull_request = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    _links = LinksField(github=lambda issue: issue.github_url)
