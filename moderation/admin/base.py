"""The base of admin pages about cases."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from microblog.core.admin import ReadOnlyAdmin


class CaseRecordAdmin(ReadOnlyAdmin):
    """Cases and what belongs to them, without the viewer's own."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).visible_to_staff(request.user)
