"""
One answer for one `Idempotency-Key`, however often a request is sent, also at the same moment.

The key is claimed by a row of its own before the work begins; the work and its answer are then committed together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from microblog.core.api.errors import Refused
from microblog.core.models import IdempotentRequest

# For how long an answer is kept.
KEPT = timedelta(hours=24)
# A request that was begun this long ago and has no answer died with its process.
ABANDONED = timedelta(minutes=2)
# Answers that say nothing about the request itself, which may be sent again.
PASSING = (HTTPStatus.UNAUTHORIZED, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
KEPT_HEADERS = ("Location", "ETag")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def once(request: Request, who: str, key: str, work: Callable[[], Response]) -> Response:
    """
    Return the answer of `work`, or the one that it gave before under this key.

    `who` scopes the key, as do method and path. Raise Refused when the key was used for another body, or is being
    worked on.
    """
    if not _KEY.fullmatch(key):
        raise Refused("Idempotency-Key must be 1 to 255 visible ASCII characters")
    scope = sha256(f"{who}\n{request.method}\n{request.path}\n{key}".encode()).hexdigest()
    fingerprint = sha256(request._request.body).hexdigest()
    claim, is_new = _claim(scope, fingerprint)
    if not is_new:
        return _replay(claim, fingerprint)
    try:
        with transaction.atomic():
            response = work()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                _keep(claim, response)
    except BaseException:
        # Also when the process is told to end: what was not done may be sent again at once.
        claim.delete()
        raise
    if response.status_code >= 500 or response.status_code in PASSING:
        claim.delete()
    elif response.status_code >= 400:
        _keep(claim, response)
    return response


def delete_old_requests() -> None:
    """Forget the answers that were kept long enough; repeating it finds nothing left."""
    IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT).delete()


def _claim(scope: str, fingerprint: str) -> tuple[IdempotentRequest, bool]:
    """Return the row of a key, and whether it is this request that works on it."""
    now = timezone.now()
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(scope=scope, fingerprint=fingerprint, created_at=now), True
    except IntegrityError:
        pass
    old = IdempotentRequest.objects.filter(scope=scope, created_at__lt=now - KEPT)
    dead = IdempotentRequest.objects.filter(scope=scope, status=None, created_at__lt=now - ABANDONED)
    taken_over = (old | dead).update(created_at=now, fingerprint=fingerprint, status=None, answer=None, headers={})
    claim = IdempotentRequest.objects.filter(scope=scope).first()
    if claim is None:  # given up between the two statements
        raise Refused("a request with this Idempotency-Key has just failed", HTTPStatus.CONFLICT, {"Retry-After": "1"})
    return claim, bool(taken_over)


def _replay(claim: IdempotentRequest, fingerprint: str) -> Response:
    if claim.fingerprint != fingerprint:
        raise Refused("this Idempotency-Key was used for another body", HTTPStatus.UNPROCESSABLE_ENTITY)
    if claim.status is None:
        raise Refused(
            "a request with this Idempotency-Key is being worked on", HTTPStatus.CONFLICT, {"Retry-After": "1"}
        )
    headers = {**claim.headers, "Idempotent-Replayed": "true"}
    return Response(json.loads(claim.answer or "null"), status=claim.status, headers=headers)


def _keep(claim: IdempotentRequest, response: Response) -> None:
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    IdempotentRequest.objects.filter(pk=claim.pk).update(
        status=response.status_code, answer=json.dumps(response.data), headers=kept
    )
