"""Conditional requests (RFC 9110): entity tags of representations."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Refused


class ETagMixin:
    """
    Give representations an `ETag`; return 304 for one that the client has, and let writes check `If-Match`.

    Writes by others change the counters, which are a part of the tag by themselves that `If-Match` does not check.
    """

    # Members of the representation that do not belong to its content.
    counters: ClassVar[frozenset[str]] = frozenset()

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, Response) and response.status_code == HTTPStatus.OK:
            response.headers["ETag"] = etag = etag_of(response.data, counters=self.counters)
            if request.method in SAFE_METHODS:
                response = get_conditional_response(request._request, etag=etag, response=response)
        return super().finalize_response(request, response, *args, **kwargs)

    def check_unchanged(self, instance: Any) -> None:
        """Raise Refused if the resource has changed since the client read it, by `If-Match`."""
        request = self.request
        if "HTTP_IF_MATCH" not in request.META and "HTTP_IF_NONE_MATCH" not in request.META:
            return
        etag = etag_of(self.get_serializer(instance).data, counters=self.counters)
        known = parse_etags(request.META.get("HTTP_IF_MATCH", ""))
        etag = next((tag for tag in known if _content_of(tag) == _content_of(etag)), etag)
        if get_conditional_response(request._request, etag=etag) is not None:
            raise Refused("it has changed since you read it", HTTPStatus.PRECONDITION_FAILED)


def etag_of(data: Mapping[str, Any], *, counters: Collection[str] = ()) -> str:
    """Return the entity tag of a representation: a digest of its content, and one of its counters if it has any."""
    parts: list[dict[str, Any]] = [{}, {}] if counters else [{}]
    for name, value in data.items():
        parts[name in counters][name] = value
    return f'"{"-".join(map(_digest, parts))}"'


def _digest(data: Mapping[str, Any]) -> str:
    content = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    return blake2b(content, digest_size=12).hexdigest()


def _content_of(etag: str) -> str:
    return etag.strip('"').partition("-")[0]
