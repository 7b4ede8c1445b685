"""Authentication of API requests: by token, and by password to create a token."""

from __future__ import annotations

from http import HTTPStatus

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.core.handlers.wsgi import get_str_from_wsgi
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from rest_framework.authentication import BaseAuthentication, BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.request import Request

from accounts.models import User
from accounts.security.devices import origin_of
from accounts.security.forms.factors import AuthenticateForm
from accounts.security.models import ApiToken, SecurityEvent
from accounts.security.services import find_token, note_token_use, record_security_event
from api.errors import Refused
from api.throttling import RETRY_AFTER, throttle

REALM = "Authentication Required"
CODE_HEADER = "X-OTP"
CODE_PARAMETER = OpenApiParameter(
    CODE_HEADER, str, "header", description="A code of your second factor. Required if your account has one."
)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        token = find_token(secret.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise AuthenticationFailed
        note_token_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'Bearer realm="{REALM}"'


class PasswordAuthentication(BasicAuthentication):
    """
    `Authorization: Basic`, which creates tokens, with the rate limits of the sign-in page.

    An account with a second factor also requires its code, in a header.
    """

    www_authenticate_realm = REALM

    def authenticate_credentials(self, login: str, password: str, request: Request) -> tuple[User, None]:
        if "\0" in login + password:
            raise AuthenticationFailed
        site_request = request._request
        throttle(request, "login")
        known_by = "email" if "@" in login else "username"
        try:
            user = get_adapter().authenticate(site_request, **{known_by: login, "password": password})
        except ValidationError as error:
            raise Throttled(RETRY_AFTER) from error
        if user is None or not user.is_active or user.suspended_at is not None:
            raise AuthenticationFailed
        if is_mfa_enabled(user):
            headers = {"WWW-Authenticate": f'Basic realm="{REALM}"'}
            _check_code(request, user, "make a token", HTTPStatus.UNAUTHORIZED, headers)
        return user, None


def confirm_identity(request: Request, password: str, what: str) -> None:
    """
    Check the caller's password, and a code of the second factor if there is one, before a sensitive change.

    Raise PermissionDenied, with `what` the caller wanted to do, or Throttled. Call it outside a transaction, so that a
    failure is logged and a code consumed even if the change fails.
    """
    user = request.user
    if not password:
        raise PermissionDenied(f"to {what}, give your password as current_password, or do it in Settings")
    try:
        is_right = get_adapter().reauthenticate(user, password)
    except ValidationError as error:
        raise Throttled(RETRY_AFTER) from error
    if not is_right:
        raise PermissionDenied("the password in current_password is wrong")
    if is_mfa_enabled(user):
        _check_code(request, user, what, HTTPStatus.FORBIDDEN)


def _check_code(
    request: Request, user: User, what: str, status: HTTPStatus, headers: dict[str, str] | None = None
) -> None:
    """Check and consume a code of an authenticator app or a recovery code; raise Refused or Throttled."""
    code = get_str_from_wsgi(request.META, "HTTP_X_OTP", "")
    if not code:
        message = f"give a code of your second factor in the header {CODE_HEADER}, or {what} in Settings"
        raise Refused(message, status, headers)
    form = AuthenticateForm(data={"code": code}, user=user)
    if not form.is_valid():
        if form.has_error("code", "too_many_login_attempts"):
            raise Throttled(RETRY_AFTER)
        raise Refused(f"the code in {CODE_HEADER} is wrong, or it was used before", status, headers)
    form.authenticator.record_usage()
    if form.authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record_security_event(user, SecurityEvent.Kind.CODE_USED, origin=origin_of(request._request))


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class PasswordScheme(OpenApiAuthenticationExtension):
    target_class = PasswordAuthentication
    name = "password"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "basic"}
