"""Permissions of API callers."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request


class HasWriteScope(BasePermission):
    """Refuse writes with a read-only token."""

    message = "this token is for reading only"

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS or request.auth is None or not request.auth.is_read_only
