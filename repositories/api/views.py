"""API views of repositories, issues and watches."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from api.conditions import ETagMixin
from api.generics import ListAPIView, RetrieveAPIView, ToggleAPIView
from api.pagination import KeysetPagination
from api.throttling import throttle
from repositories.api.serializers import IssueSerializer, RepositorySerializer
from repositories.models import Issue, Repository
from repositories.watching import unwatch_repository, watch_repository


@extend_schema_view(get=extend_schema(operation_id="list_repositories", summary="List repositories on GitHub"))
class Repositories(ListAPIView):
    """Those that were added last come first."""

    pagination_class = KeysetPagination
    serializer_class = RepositorySerializer

    def get_queryset(self) -> QuerySet[Repository]:
        return Repository.objects.with_is_watched(self.request.user)


@extend_schema_view(get=extend_schema(operation_id="show_repository", summary="Show a repository"))
class OneRepository(ETagMixin, RetrieveAPIView):
    serializer_class = RepositorySerializer

    def get_queryset(self) -> QuerySet[Repository]:
        return Repository.objects.with_is_watched(self.request.user)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_issues",
        summary="List the issues of a repository",
        parameters=[
            OpenApiParameter(
                "state",
                {"type": "string", "enum": Issue.State.values},
                description="Only open or only closed ones; all of them without it.",
            )
        ],
    )
)
class Issues(ListAPIView):
    """Issues and pull requests with the highest numbers come first; `before` and `after` are numbers of issues."""

    pagination_class = KeysetPagination
    serializer_class = IssueSerializer
    cursor_key = "number"

    def get_link_query(self) -> dict[str, str]:
        """Return the filter, which the links of the list repeat."""
        state = self.request.query_params.get("state")
        if state is None:
            return {}
        if state not in Issue.State.values:
            raise ValidationError({"state": "must be open or closed"})
        return {"state": state}

    def get_queryset(self) -> Any:
        issues = Issue.objects.of(get_object_or_404(Repository, pk=self.kwargs["pk"])).for_list()
        return issues.filter(**self.get_link_query())


@extend_schema_view(
    put=extend_schema(
        operation_id="watch",
        summary="Watch a repository",
        description="New and closed issues come as notifications. Idempotent.",
    ),
    delete=extend_schema(operation_id="unwatch", summary="Stop watching a repository", description="Idempotent."),
)
class Watches(ToggleAPIView):
    create, end = staticmethod(watch_repository), staticmethod(unwatch_repository)

    def get_object(self, request: Request, pk: int) -> Repository:
        repository = get_object_or_404(Repository, pk=pk)
        throttle(request, "edit")
        return repository
