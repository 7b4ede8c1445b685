"""API views of entries and snippets."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import HasConfirmedEmail
from accounts.models import User
from api.conditions import ETagMixin
from api.errors import Refused
from api.generics import CreateModelMixin, ListAPIView, RetrieveAPIView
from api.pagination import KeysetPagination
from api.throttling import throttle
from blog.api.serializers import (
    EntryChanges,
    EntryItemSerializer,
    EntrySerializer,
    NewEntry,
    NewSnippet,
    SnippetChanges,
    SnippetItemSerializer,
    SnippetSerializer,
)
from blog.exceptions import Outdated
from blog.models import Entry, Publication, Snippet
from blog.services import create_publication, delete_publication, edit_publication

# As many bytes as a form may have: the longest text has six for each letter of most scripts, if they are escaped.
MAX_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class IsAuthor(BasePermission):
    """Refuse writes of texts by other users."""

    message = "you can change only what you wrote"

    def has_object_permission(self, request: Request, view: Any, obj: Publication) -> bool:
        return request.method in SAFE_METHODS or obj.author_id == request.user.pk


class Drafts(ListAPIView):
    """The newest come first."""

    model: ClassVar[type[Publication]]
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Any]:
        return self.model.objects.by(self.request.user).drafts().for_list()


class Published(ListAPIView):
    """
    What was published last comes first; `before` and `after` are times of publication, in microseconds since 1970.

    The list has a summary of each text. To read the whole text, follow `_links.self`.
    """

    model: ClassVar[type[Publication]]
    pagination_class = KeysetPagination
    cursor_key = "position"


class PublishedByUser(Published):
    def get_queryset(self) -> Any:
        viewer = self.request.user
        person = get_object_or_404(User.objects.visible_to(viewer).only("pk"), pk=self.kwargs["pk"])
        return self.model.objects.visible_to(viewer).by(person).published().for_list().window


class PublishedByAll(CreateModelMixin, Published):
    """
    Texts by users that you mute are left out.

    What was published last comes first; `before` and `after` are times of publication, in microseconds since 1970. The
    list has a summary of each text. To read the whole text, follow `_links.self`.
    """

    # Represents the items of the list.
    item_serializer_class: ClassVar[type[Any]]
    permission_classes = [*Published.permission_classes, HasConfirmedEmail]
    max_body = MAX_BODY

    def get_serializer_class(self) -> type[Any]:
        is_list = self.request.method in SAFE_METHODS
        return self.item_serializer_class if is_list else super().get_serializer_class()

    def get_queryset(self) -> Any:
        viewer = self.request.user
        return self.model.objects.visible_to(viewer).unmuted_by(viewer).published().for_list().window

    def get_created(self, pk: int) -> Publication:
        return get_object_or_404(self.model.objects.visible_to(self.request.user).for_detail(), pk=pk)

    def perform_create(self, data: dict[str, Any]) -> Publication:
        throttle(self.request, "write_blog")
        options = {name: data.pop(name) for name in ("tags", "announce") if name in data}
        return create_publication(self.model(author=self.request.user, **data), **options)


class OnePublication(ETagMixin, RetrieveAPIView):
    """You can read your own drafts and hidden texts too."""

    model: ClassVar[type[Publication]]
    permission_classes = [*RetrieveAPIView.permission_classes, HasConfirmedEmail, IsAuthor]
    throttle_scopes = {"DELETE": "delete"}
    max_body = MAX_BODY

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.model.objects.visible_to(self.request.user).for_detail()
        # An edit renders the text before its transaction, and compares versions in it.
        return rows.select_for_update(of=("self",)) if self.request.method == "DELETE" else rows

    def put(self, request: Request, pk: int) -> Response:
        """Members that you leave out keep their values."""
        found = self.get_object()
        self.check_unchanged(found)
        data = self.validated()
        throttle(request, "edit_blog")
        try:
            edit_publication(found, **data)
        except Outdated:
            raise Refused("it has changed since you read it", HTTPStatus.PRECONDITION_FAILED) from None
        return Response(self.get_serializer(found).data)

    @transaction.atomic
    def delete(self, request: Request, pk: int) -> Response:
        """It cannot be restored."""
        found = self.get_object()
        self.check_unchanged(found)
        delete_publication(found)
        return Response(status=HTTPStatus.NO_CONTENT)


WRITE = "It is public unless you set `status`. Its `slug`, and with it the URL of its page, is made from the title."


@extend_schema_view(
    get=extend_schema(operation_id="list_entries", summary="List the entries of all users"),
    post=extend_schema(operation_id="write_entry", summary="Write an entry", description=WRITE),
)
class Entries(PublishedByAll):
    model = Entry
    item_serializer_class = EntryItemSerializer
    serializer_class = EntrySerializer
    input_serializer_class = NewEntry


@extend_schema_view(get=extend_schema(operation_id="list_entry_drafts", summary="List the drafts of your entries"))
class EntryDrafts(Drafts):
    model = Entry
    serializer_class = EntryItemSerializer


@extend_schema_view(get=extend_schema(operation_id="list_entries_of_user", summary="List a user's entries"))
class EntriesOfUser(PublishedByUser):
    model = Entry
    serializer_class = EntryItemSerializer


@extend_schema_view(
    get=extend_schema(operation_id="show_entry", summary="Show an entry"),
    put=extend_schema(operation_id="change_entry", summary="Edit your entry"),
    delete=extend_schema(operation_id="delete_entry", summary="Delete your entry"),
)
class OneEntry(OnePublication):
    model = Entry
    serializer_class = EntrySerializer
    input_serializer_class = EntryChanges


@extend_schema_view(
    get=extend_schema(operation_id="list_snippets", summary="List the snippets of all users"),
    post=extend_schema(operation_id="write_snippet", summary="Add a snippet", description=WRITE),
)
class Snippets(PublishedByAll):
    model = Snippet
    item_serializer_class = SnippetItemSerializer
    serializer_class = SnippetSerializer
    input_serializer_class = NewSnippet


@extend_schema_view(get=extend_schema(operation_id="list_snippet_drafts", summary="List the drafts of your snippets"))
class SnippetDrafts(Drafts):
    model = Snippet
    serializer_class = SnippetItemSerializer


@extend_schema_view(get=extend_schema(operation_id="list_snippets_of_user", summary="List a user's snippets"))
class SnippetsOfUser(PublishedByUser):
    model = Snippet
    serializer_class = SnippetItemSerializer


@extend_schema_view(
    get=extend_schema(operation_id="show_snippet", summary="Show a snippet"),
    put=extend_schema(operation_id="change_snippet", summary="Edit your snippet"),
    delete=extend_schema(operation_id="delete_snippet", summary="Delete your snippet"),
)
class OneSnippet(OnePublication):
    model = Snippet
    serializer_class = SnippetSerializer
    input_serializer_class = SnippetChanges
