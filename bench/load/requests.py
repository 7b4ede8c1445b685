"""A request that is measured, and its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from accounts.models import User

ROTATING = "rotating"


class Request(NamedTuple):
    """A request of one viewer, and the expected response."""

    path: str
    # Texts of the answer, or of its address where it leads elsewhere.
    shows: tuple[str, ...] = ()
    # The ids of the posts in it, from the top.
    posts: list[int] | None = None
    status: int = 200
    # A form, sent by POST; "{key}" in a value becomes a new UUID each time.
    form: dict[str, str] | None = None
    # Whether the viewer shows a token, as programs do, and the ids are those of the items of a JSON answer.
    by_token: bool = False
    # What is true after the request.
    leaves: Callable[[], bool] = lambda: True


class Page(NamedTuple):
    """A page under load: its viewers, its request, and the target on two cores."""

    name: str
    request: Callable[[User], Request]
    # Requests a second, and milliseconds that 99 of 100 answers stay below.
    rate: int
    p99: int | None = None
    # The name of one viewer, or 32 in turn.
    viewer: str = ROTATING
