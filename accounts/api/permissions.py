"""Permissions that concern the account of an API caller."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.services import can_contact_others


class HasConfirmedEmail(BasePermission):
    """Refuse writes, but not deletions, by a user who must confirm their email address first."""

    message = "confirm your email address first, by the link in the mail that was sent to it"

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in (*SAFE_METHODS, "DELETE") or can_contact_others(request.user)
