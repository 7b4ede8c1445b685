"""Staff's view of people."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import set_staff
from audit.services import record
from microblog.core.exceptions import DomainError


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
        (_("Permissions"), {"fields": ["is_staff", "is_superuser", "groups", "user_permissions"]}),
    ]
    filter_horizontal = ["groups", "user_permissions"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not {"is_staff", "is_superuser"}.intersection(form.changed_data):
            return  # nothing else of the row can be changed here
        try:
            set_staff(obj, is_staff=obj.is_staff, is_superuser=obj.is_superuser, actor=request.user)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = self._permissions(form.instance)
        super().save_related(request, form, formsets, change)
        if before != (after := self._permissions(form.instance)):
            record("account.permissions", actor=request.user, target=form.instance, before=before, after=after)

    @staticmethod
    def _permissions(user: User) -> dict[str, list[str]]:
        return {
            "groups": sorted(user.groups.values_list("name", flat=True)),
            "permissions": sorted(user.user_permissions.values_list("codename", flat=True)),
        }
