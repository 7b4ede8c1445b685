"""API tokens."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.security.devices import NO_ORIGIN, Origin
from accounts.security.models import ApiToken, SecurityEvent
from accounts.security.services.events import record_security_event
from microblog.core.performance.queries import compiled

# Lets scanners for leaked secrets recognise a token.
PREFIX = "mb_"
MAX_TOKEN_DAYS = 365
# Beyond this number, the token that expires first is deleted.
TOKENS_PER_USER = 100
USE_NOTED_INTERVAL = timedelta(minutes=1)


@transaction.atomic
def make_token(
    user: User, *, name: str, lifetime: timedelta, is_read_only: bool = False, origin: Origin = NO_ORIGIN
) -> tuple[ApiToken, str]:
    """
    Create a token, and return its row and the token itself, which is not stored.

    Delete the user's expired tokens, and beyond TOKENS_PER_USER those that expire first.
    """
    secret = PREFIX + secrets.token_urlsafe(24)
    now = timezone.now()
    token = ApiToken.objects.create(
        user=user, digest=_digest(secret), name=name, is_read_only=is_read_only, expires_at=now + lifetime
    )
    mine = ApiToken.objects.filter(user=user)
    mine.filter(expires_at__lte=now).delete()
    kept = mine.exclude(pk=token.pk).order_by("-expires_at", "-pk").values_list("pk", flat=True)
    if surplus := list(kept[TOKENS_PER_USER - 1 :]):
        mine.filter(pk__in=surplus).delete()
    record_security_event(user, SecurityEvent.Kind.TOKEN_MADE, origin=origin, detail=name)
    return token, secret


def find_token(secret: str) -> ApiToken | None:
    """Return the valid token with this secret, with its owner, or None; costs one query."""
    for token in _tokens(_digest(secret)):
        if token.expires_at > timezone.now():
            return token
    return None


@compiled
def _tokens(digest: str) -> QuerySet[ApiToken]:
    owned = ApiToken.objects.filter(user__suspended_at=None, user__deactivated_at=None)
    return owned.select_related("user").filter(digest=digest)


def note_token_use(token: ApiToken) -> None:
    """Update last_used_at, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_INTERVAL:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


@transaction.atomic
def revoke_token(token: ApiToken, *, origin: Origin = NO_ORIGIN) -> None:
    """Revoke a token. Repeating it is harmless."""
    deleted, _by_model = ApiToken.objects.filter(pk=token.pk).delete()
    if deleted:
        record_security_event(token.user, SecurityEvent.Kind.TOKEN_REVOKED, origin=origin, detail=token.name)


@transaction.atomic
def revoke_tokens(user: User, *, origin: Origin = NO_ORIGIN) -> None:
    """Revoke all tokens of a user, and log those that had not expired. Repeating it is harmless."""
    mine = ApiToken.objects.filter(user=user)
    names = list(mine.live().values_list("name", flat=True))
    mine.delete()
    kind = SecurityEvent.Kind.TOKEN_REVOKED
    SecurityEvent.objects.bulk_create(
        SecurityEvent(user=user, kind=kind, detail=name, **origin._asdict()) for name in names
    )


def delete_expired_tokens() -> None:
    ApiToken.objects.filter(expires_at__lte=timezone.now()).delete()


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()
