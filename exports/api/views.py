"""API views of exports."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from api.conditions import ETagMixin
from api.errors import Refused
from api.generics import APIView, CreateModelMixin, GenericAPIView, ListAPIView
from api.pagination import KeysetPagination
from api.throttling import throttle
from exports.api.serializers import ExportSerializer
from exports.downloads import send_file
from exports.models import Export
from exports.services import cancel_export, request_export

# Seconds after which an archive that is being made is worth asking for again.
EXPORT_POLL = "5"


@extend_schema_view(
    get=extend_schema(operation_id="list_exports", summary="List your exports", description="The newest come first."),
    post=extend_schema(operation_id="request_export", summary="Export your data"),
)
class Exports(CreateModelMixin, ListAPIView):
    """
    The archive is created in the background: poll the export's URL until its `state` is `done`.

    While an export is in progress, the response is that export.
    """

    success_status = HTTPStatus.ACCEPTED
    pagination_class = KeysetPagination
    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[Export]:
        return self.request.user.exports.all()

    def perform_create(self, data: dict[str, Any]) -> Export:
        export = self.get_queryset().filter(state__in=Export.IN_PROGRESS).first()
        if export is None:
            throttle(self.request, "export")
            export = request_export(self.request.user)
        return export

    def get_success_headers(self, data: Any) -> dict[str, str]:
        return {**super().get_success_headers(data), "Retry-After": EXPORT_POLL}


class OneExport(ETagMixin, GenericAPIView):
    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[Export]:
        return self.request.user.exports.all()

    @extend_schema(operation_id="show_export", summary="Show an export and its progress")
    def get(self, request: Request, pk: int) -> Response:
        """When `state` is `done`, `_links.archive` is the URL of the archive."""
        export = self.get_object()
        headers = {"Retry-After": EXPORT_POLL} if export.is_in_progress else {}
        return Response(self.get_serializer(export).data, headers=headers)

    @extend_schema(operation_id="cancel_export", summary="Cancel an export")
    def delete(self, request: Request, pk: int) -> Response:
        """An export that is finished stays until it expires. Idempotent."""
        export = self.get_object()
        self.check_unchanged(export)
        cancel_export(export, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Archive(APIView):
    other_errors = frozenset({409})

    @extend_schema(
        operation_id="download_export",
        summary="Download an archive",
        responses={
            (200, "application/zip"): OpenApiResponse(
                OpenApiTypes.BINARY, examples=[OpenApiExample("archive", value="PK…")]
            )
        },
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """A ZIP file. Send `Range` to resume an interrupted download."""
        export = get_object_or_404(request.user.exports, pk=pk)
        if not export.is_downloadable:
            raise Refused("the archive is not ready, or no longer kept", HTTPStatus.CONFLICT)
        return send_file(request._request, export.open(), name=export.download_name, etag=export.etag)
