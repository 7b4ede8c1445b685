"""Challenges of passkeys, each answered once, where it was given."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from microblog.core.allauth_internals import LOGIN_SESSION_KEY, STATE_SESSION_KEY

# For which the challenge of a passkey can be answered.
CHALLENGE_SECONDS = 10 * 60


def bind_challenge(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """
    Let the answer to a challenge of this view be taken once, within minutes, here and for the same account alone.

    allauth keeps one challenge a session and takes its answer in every view, also in one that asks for more.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        session = request.session
        # Who is signed in, or has given the password and lacks the second factor.
        account = request.user.pk or (session.get(LOGIN_SESSION_KEY) or {}).get("user_pk")
        purpose = [request.path, account]
        asked = session.get(STATE_SESSION_KEY)
        if asked and (asked.get("purpose") != purpose or time.time() - asked["at"] >= CHALLENGE_SECONDS):
            del session[STATE_SESSION_KEY]
        response = view(request, *args, **kwargs)
        state = session.get(STATE_SESSION_KEY)
        if state and state != asked:
            session[STATE_SESSION_KEY] = {**state, "purpose": purpose, "at": time.time()}
        elif state and request.method == "POST":
            del session[STATE_SESSION_KEY]
        return response

    return wrapper
