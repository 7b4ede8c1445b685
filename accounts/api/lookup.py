"""The users whom a caller may see, and how they are represented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request

from accounts.api.serializers import (
    USER_FIELDS,
    represent_user,
)
from accounts.models import User
from accounts.querysets import UserQuerySet
from microblog.core.compiled import compiled
from microblog.core.pagination import LARGEST_ID


def visible_people(viewer: User) -> UserQuerySet:
    """Return the people whom a caller may see, with what their representation is made of."""
    return User.objects.visible_to(viewer).only(*USER_FIELDS)


def get_person(viewer: User, pk: int) -> User:
    """Return one of them, or raise Http404."""
    for person in _by_id(viewer, min(pk, LARGEST_ID)):
        return person
    raise Http404


@compiled
def _by_id(viewer: User, pk: int) -> QuerySet[User]:
    return visible_people(viewer).filter(pk=pk)


def representer(request: Request) -> Callable[[User], dict[str, Any]]:
    """Return the function that represents people to a caller."""
    caller = request.user.pk
    return lambda user: represent_user(user, with_email=user.pk == caller)
