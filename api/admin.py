"""The admin page of idempotent requests."""

from __future__ import annotations

from django.contrib import admin

from api.models import IdempotentRequest
from microblog.core.admin import ReadOnlyAdmin


@admin.register(IdempotentRequest)
class IdempotentRequestAdmin(ReadOnlyAdmin):
    """Idempotent requests, without the responses, which are private."""

    list_display = ["scope", "status", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["=scope"]
    search_help_text = None
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    exclude = ["fingerprint", "response", "headers"]
