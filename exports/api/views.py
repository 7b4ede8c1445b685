"""API views of exports."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Refused
from api.limits import throttle
from api.pagination import by_cursor
from api.schema import BY_CURSOR, cursored, example_list, operation
from api.views import Endpoint
from exports.api.serializers import EXPORT_EXAMPLE, ExportSerializer, represent_export
from exports.downloads import send_file
from exports.models import Export
from exports.services import cancel_export, request_export
from microblog.core.performance.urls import cached_reverse

# Seconds after which an archive that is being made is worth asking for again.
EXPORT_POLL = "5"


class Exports(Endpoint):
    @operation(
        "list_exports",
        "List your exports",
        {200: (cursored(ExportSerializer), example_list("/api/exports", EXPORT_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """The newest come first."""
        exports = request.user.exports.all()
        return by_cursor(request, lambda cursor: cursor.window(exports), represent_export)

    @operation("request_export", "Export your data", {202: (ExportSerializer, EXPORT_EXAMPLE)})
    def post(self, request: Request) -> Response:
        """
        The archive is made in the background: poll the export's URL until its `state` is `done`.

        While an export is in progress, the response is that export.
        """
        export = request.user.exports.filter(state__in=Export.IN_PROGRESS).first()
        if export is None:
            throttle(request, "export")
            export = request_export(request.user)
        headers = {"Location": cached_reverse("api:export", export.pk), "Retry-After": EXPORT_POLL}
        return Response(represent_export(export), status=HTTPStatus.ACCEPTED, headers=headers)

    def read_again(self, request: Request, made: int) -> dict[str, Any]:
        return represent_export(get_object_or_404(request.user.exports, pk=made))


class OneExport(Endpoint):
    has_etag = True

    @operation("show_export", "Show an export and its progress", {200: (ExportSerializer, EXPORT_EXAMPLE)})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """When `state` is `done`, `_links.archive` is the URL of the archive."""
        export = get_object_or_404(request.user.exports, pk=pk)
        response = self.single(request, represent_export(export))
        if export.is_in_progress:
            response.headers["Retry-After"] = EXPORT_POLL
        return response

    @operation("cancel_export", "Cancel an export", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """An export that is finished stays until it expires. Idempotent."""
        export = get_object_or_404(request.user.exports, pk=pk)
        self.check_unchanged(request, lambda: represent_export(export))
        cancel_export(export, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Archive(Endpoint):
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
