"""Security events and API tokens in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.security.models import ApiToken, SecurityEvent
from microblog.core.admin import ReadOnlyAdmin


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "kind", "detail", "ip", "user_agent"]
    list_select_related = ["user"]
    list_filter = ["created_at", "kind"]
    search_fields = ["=user__username", "=ip"]
    search_help_text = _("Exact username or IP address")
    date_hierarchy = "created_at"
    ordering = ["-pk"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens without their hashes."""

    list_display = ["name", "user", "is_read_only", "created_at", "expires_at", "last_used_at"]
    list_select_related = ["user"]
    list_filter = ["created_at", "expires_at", "is_read_only"]
    search_fields = ["=user__username"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    fields = ["user", "name", "is_read_only", "created_at", "expires_at", "last_used_at"]
