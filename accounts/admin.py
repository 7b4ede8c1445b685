"""Staff's view of people."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["username", "email", "created_at", "last_seen", "post_count", "follower_count", "is_staff"]
    list_filter = ["is_staff", "is_superuser"]
    search_fields = ["username", "email"]
    ordering = ["-pk"]
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = [
        "username", "email", "about_me", "created_at", "last_seen", "last_login",
        "post_count", "follower_count", "following_count", "suspended_at", "deactivated_at",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": readonly_fields}),
        ("Permissions", {"fields": ["is_staff", "is_superuser", "groups", "user_permissions"]}),
    ]
    filter_horizontal = ["groups", "user_permissions"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
