"""Conditional requests (RFC 9110): entity tags of representations."""

from __future__ import annotations

import json
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Refused


class ETagMixin:
    """Give representations an `ETag`; return 304 for one that the client has, and let writes check `If-Match`."""

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, Response) and response.status_code == HTTPStatus.OK:
            response.headers["ETag"] = etag = etag_of(response.data)
            if request.method in SAFE_METHODS:
                response = get_conditional_response(request._request, etag=etag, response=response)
        return super().finalize_response(request, response, *args, **kwargs)

    def check_unchanged(self, instance: Any) -> None:
        """Raise Refused if the resource has changed since the client read it, by `If-Match`."""
        request = self.request
        if "HTTP_IF_MATCH" not in request.META and "HTTP_IF_NONE_MATCH" not in request.META:
            return
        etag = etag_of(self.get_serializer(instance).data)
        if get_conditional_response(request._request, etag=etag) is not None:
            raise Refused("it has changed since you read it", HTTPStatus.PRECONDITION_FAILED)


def etag_of(data: Any) -> str:
    """Return the entity tag of a representation."""
    content = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    return f'"{blake2b(content, digest_size=12).hexdigest()}"'
