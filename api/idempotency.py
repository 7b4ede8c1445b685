"""
One response per `Idempotency-Key`, however often a request is sent, also concurrently.

The key is claimed by a row before the work begins; the work and its result are then committed together. Only the id of
the created object is stored, and the object is read again for a replay, so that no copy survives its deletion.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Refused
from api.models import IdempotentRequest
from api.throttling import client_of
from microblog.core.problems import problem_type

# For how long a response can be replayed.
KEEP_FOR = timedelta(hours=24)
# A request without a response for this long has died with its process.
ABANDONED_AFTER = timedelta(minutes=2)
# Statuses that do not depend on the request alone, so that it can be retried with the same key.
RETRYABLE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyMixin:
    """
    Create once for each key: a POST with a known one gets the response to the first, errors included.

    The view has `create()`, `get_created()`, which returns what a POST created by its id or raises Http404, and
    `represent()`.
    """

    # Members of the body that are left out of the stored hash.
    secret_members: ClassVar[tuple[str, ...]] = ()

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None:
            return self.create(request, *args, **kwargs)

        def work() -> Response:
            try:
                return self.create(request, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 - unexpected errors are raised again
                return self.handle_exception(error)

        def read_again(pk: int) -> Any:
            return self.represent(self.get_created(pk))

        return run_once(request, key, work, read_again, secrets=self.secret_members)


def run_once(
    request: Request,
    key: str,
    work: Callable[[], Response],
    read_again: Callable[[int], Any],
    *,
    secrets: Collection[str] = (),
) -> Response:
    """
    Return the response of `work`, or replay the first one with this key.

    Keys are distinct by client, method and path. `read_again` represents the object that the first request created,
    by its id. Bodies are compared without the members in `secrets`. Raise Refused if the key was used with another
    body, or if its request is in progress.
    """
    if not _KEY.fullmatch(key):
        raise Refused("Idempotency-Key must be 1 to 255 visible ASCII characters")
    scope = sha256(f"{client_of(request)}\n{request.method}\n{request.path}\n{key}".encode()).hexdigest()
    fingerprint = _fingerprint(request, secrets)
    claim, is_new = _claim(scope, fingerprint)
    if not is_new:
        return _replay(claim, fingerprint, read_again, request.path)
    try:
        with transaction.atomic():
            response = work()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                _keep(claim, response, {"id": response.data["id"]})
    except BaseException:
        # Also when the process is terminated: a request that failed can be retried at once.
        claim.delete()
        raise
    if response.status_code >= 500 or response.status_code in RETRYABLE:
        claim.delete()
    elif response.status_code >= 400:
        _keep(claim, response, response.data)
    return response


def delete_old_requests() -> None:
    """Delete responses that are older than KEEP_FOR; safe to repeat."""
    IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEEP_FOR).delete()


def _fingerprint(request: Request, secrets: Collection[str]) -> str:
    body = request._request.body
    if secrets:
        body = json.dumps({name: value for name, value in request.data.items() if name not in secrets}, sort_keys=True)
    return salted_hmac("api.idempotency", body, algorithm="sha256").hexdigest()


def _claim(scope: str, fingerprint: str) -> tuple[IdempotentRequest, bool]:
    """Return the row of a key, and whether this request has claimed it."""
    now = timezone.now()
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(scope=scope, fingerprint=fingerprint, created_at=now), True
    except IntegrityError:
        pass
    old = IdempotentRequest.objects.filter(scope=scope, created_at__lt=now - KEEP_FOR)
    dead = IdempotentRequest.objects.filter(scope=scope, status=None, created_at__lt=now - ABANDONED_AFTER)
    taken_over = (old | dead).update(created_at=now, fingerprint=fingerprint, status=None, response=None, headers={})
    claim = IdempotentRequest.objects.filter(scope=scope).first()
    if claim is None:  # deleted by a request that failed in the meantime
        raise Refused("a request with this Idempotency-Key has just failed", HTTPStatus.CONFLICT, {"Retry-After": "1"})
    return claim, bool(taken_over)


def _replay(claim: IdempotentRequest, fingerprint: str, read_again: Callable[[int], Any], path: str) -> Response:
    if claim.fingerprint != fingerprint:
        raise Refused("this Idempotency-Key was used for another body", HTTPStatus.UNPROCESSABLE_ENTITY)
    if claim.status is None:
        raise Refused(
            "a request with this Idempotency-Key is being worked on", HTTPStatus.CONFLICT, {"Retry-After": "1"}
        )
    headers = {**claim.headers, "Idempotent-Replayed": "true"}
    kept = json.loads(claim.response or "null")
    if claim.status >= HTTPStatus.BAD_REQUEST:
        return Response(kept, status=claim.status, headers=headers, content_type=problem_type(path))
    return Response(read_again(kept["id"]), status=claim.status, headers=headers)


def _keep(claim: IdempotentRequest, response: Response, answer: Any) -> None:
    headers = {"Location": response.headers["Location"]} if "Location" in response.headers else {}
    IdempotentRequest.objects.filter(pk=claim.pk).update(
        status=response.status_code, response=json.dumps(answer), headers=headers
    )
