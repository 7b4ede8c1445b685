"""Sessions in the database, so that they end everywhere at once, under the hashes of their keys."""

from __future__ import annotations

import re
import zlib
from hashlib import sha256
from typing import Any

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.core import signing
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from microblog.core.performance.caching import cached
from microblog.core.performance.queries import compiled

# The length of the column of Django's model: 160 bits of the hash.
STORED_KEY_LENGTH = 40
# The id of its user at the end of a key.
USER_ID = re.compile(r"-([0-9]{1,18})\Z")


def hash_session_key(session_key: str) -> str:
    """Return the key of a session in the database, which cannot be used as a cookie."""
    return sha256(session_key.encode()).hexdigest()[:STORED_KEY_LENGTH]


class SessionStore(db.SessionStore):
    """
    Django's database sessions, with hashed keys, and a compiled query that fetches the user too.

    `session_key` is the key in the cookie, `stored_key` that of the row. A key made since the sign-in ends with the
    user's id, so that both rows are found at once; which user is signed in, the session's data says. Django's
    asynchronous methods are unchanged.
    """

    _user: AbstractBaseUser | None = None

    @property
    def stored_key(self) -> str:
        """Return the key of the session's row, or '' if there is none."""
        return hash_session_key(self.session_key) if self.session_key else ""

    def _get_session_from_db(self) -> Session | None:
        session = self._fetch()
        if session is not None and session.expire_date > timezone.now():
            return session
        self._session_key = None
        return None

    def _fetch(self) -> Session | None:
        key, found = self.stored_key, USER_ID.search(self.session_key or "")
        self._user = next(iter(_users_with_session(int(found[1]), key, key)), None) if found else None
        if self._user is None:
            return next(iter(_sessions(key)), None)
        facts = vars(self._user)
        data, expire_date = facts.pop("session_data"), facts.pop("session_expire_date")
        return None if data is None else Session(key, data, expire_date)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            decoded: dict[str, Any] = self.serializer().loads(_verify(session_data, self.key_salt))
        except (signing.BadSignature, ValueError, zlib.error):
            return super().decode(session_data)
        return decoded

    def take_user(self, user_id: int) -> AbstractBaseUser | None:
        """Return the user that was fetched with the session, the first time, if it is the one with this id."""
        user, self._user = self._user, None
        return user if user is not None and user.pk == user_id else None

    def _get_new_session_key(self) -> str:
        key: str = super()._get_new_session_key()  # type: ignore[misc] # the stubs lack it
        user_id = getattr(self, "_session_cache", {}).get(SESSION_KEY)
        return f"{key}-{user_id}" if user_id else key

    def exists(self, session_key: str) -> bool:
        return super().exists(hash_session_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        session = super().create_model_instance(data)
        session.session_key = hash_session_key(session.session_key)
        return session

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            super().delete(hash_session_key(key))


class _Unchanged:
    """Leaves what was signed as it is."""

    def loads(self, content: bytes) -> bytes:
        return content


@cached(2**12)
def _verify(session_data: bytes | str, salt: str) -> bytes:
    """Return the serialized content of a session's data, if its signature is right; most requests read the same."""
    content: bytes = signing.loads(session_data, salt=salt, serializer=_Unchanged)  # type: ignore[arg-type] # nothing is dumped
    return content


@compiled
def _sessions(key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key)


@compiled
def _users_with_session(user_id: int, key: str, same_key: str) -> QuerySet[AbstractBaseUser]:
    def column(name: str, key: str) -> Subquery:
        return Subquery(Session.objects.filter(session_key=key).values(name))

    # Every parameter of a compiled query is used once.
    return (
        get_user_model()
        ._base_manager.filter(pk=user_id)
        .annotate(session_data=column("session_data", key), session_expire_date=column("expire_date", same_key))
    )
