"""Who is meant by a username, and the answer where the viewer may not see them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import User
from accounts.validators import fold_username
from microblog.core.compiled import compiled


def find_person(viewer: User, username: str) -> User | None:
    """Return who holds a name, if the viewer may see them, with whether the viewer follows and mutes them."""
    if "\0" in username:
        return None  # PostgreSQL refuses to compare it
    return next(iter(_holders_of(viewer, fold_username(username))), None)


@compiled
def _holders_of(viewer: User, key: str) -> QuerySet[User]:
    return User.objects.visible_to(viewer).with_is_followed(viewer).with_is_muted(viewer).by_username(key)


def unseen(request: HttpRequest, username: str) -> HttpResponse:
    """Answer for somebody whom the viewer may not see: nobody is there, unless the viewer keeps them away."""
    person = get_object_or_404(User.objects.blocked_by(request.user).by_username(username))
    return render(request, "relationships/unseen.html", {"person": person}, status=404)
