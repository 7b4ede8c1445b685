"""Passkey challenges, each bound to a view and an account, and used once."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from microblog.core.allauth_internals import LOGIN_SESSION_KEY, STATE_SESSION_KEY

# How long a challenge is valid.
CHALLENGE_SECONDS = 10 * 60


def bind_challenge(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """
    Accept a challenge of this view once, within CHALLENGE_SECONDS, in this view and for the same account only.

    allauth keeps one challenge a session and accepts it in every view, also in one that requires more.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        session = request.session
        # The signed-in user, or the one that has given the password and not yet the second factor.
        account = request.user.pk or (session.get(LOGIN_SESSION_KEY) or {}).get("user_pk")
        purpose = [request.path, account]
        previous = session.get(STATE_SESSION_KEY)
        if previous and (previous.get("purpose") != purpose or time.time() - previous["at"] >= CHALLENGE_SECONDS):
            del session[STATE_SESSION_KEY]
        response = view(request, *args, **kwargs)
        state = session.get(STATE_SESSION_KEY)
        if state and state != previous:
            session[STATE_SESSION_KEY] = {**state, "purpose": purpose, "at": time.time()}
        elif state and request.method == "POST":
            del session[STATE_SESSION_KEY]
        return response

    return wrapper
