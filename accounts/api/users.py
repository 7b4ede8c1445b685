"""The users that an API caller may see."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from accounts.api.serializers import UserSerializer
from accounts.models import User
from accounts.querysets import UserQuerySet
from microblog.core.pagination import LARGEST_ID
from microblog.core.performance.queries import compiled


def visible_users(viewer: User) -> UserQuerySet:
    """Return the users that a caller may see, with the fields of their representation."""
    return User.objects.visible_to(viewer).only(*UserSerializer.columns())


def get_visible_user(viewer: User, pk: int) -> User:
    """Return the user with an id, or raise Http404."""
    for user in _by_id(viewer, min(pk, LARGEST_ID)):
        return user
    raise Http404


@compiled
def _by_id(viewer: User, pk: int) -> QuerySet[User]:
    return visible_users(viewer).filter(pk=pk)
