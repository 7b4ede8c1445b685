"""Users and usernames in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Username
from accounts.services import set_staff
from audit.admin import AuditedAdmin
from audit.services import record
from microblog.core.admin import ReadOnlyAdmin
from microblog.core.exceptions import DomainError

VIEW_EMAIL = "accounts.view_email"


@admin.register(Group)
class LoggedGroupAdmin(AuditedAdmin, GroupAdmin):
    """Groups of staff; changes of their permissions are logged."""


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """
    Users. Superusers alone change permissions; staff need `view_email` to read email addresses.

    Everything else about a user changes through services, from the page of a case or by `manage.py account`.
    """

    list_display = ["username", "created_at", "last_seen", "post_count", "follower_count", "suspended_at", "is_staff"]
    list_filter = [
        "created_at",
        ("suspended_at", admin.EmptyFieldListFilter),
        ("deactivated_at", admin.EmptyFieldListFilter),
        "is_staff",
        "is_superuser",
    ]
    search_fields = ["username"]
    search_help_text = None
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    readonly_fields = [
        "username", "email", "about_me", "created_at", "last_seen", "last_login",
        "post_count", "follower_count", "following_count", "suspended_at", "suspended_until", "deactivated_at",
        "deletion_due_at",
    ]  # fmt: skip
    autocomplete_fields = ["groups"]
    filter_horizontal = ["user_permissions"]

    def view_on_site(self, user: User) -> str:
        return user.get_absolute_url()

    def get_list_display(self, request: HttpRequest) -> list[str]:
        extra = ["email"] if request.user.has_perm(VIEW_EMAIL) else []
        return ["username", *extra, *self.list_display[1:]]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Search in email addresses only for staff that may read them."""
        return ["username", "email"] if request.user.has_perm(VIEW_EMAIL) else ["username"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        facts = [name for name in self.readonly_fields if name != "email" or request.user.has_perm(VIEW_EMAIL)]
        permissions = ["is_staff", "is_superuser", "groups", "user_permissions"]
        return [(None, {"fields": facts}), (_("Permissions"), {"fields": permissions})]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow superusers only, so that staff cannot raise their own permissions."""
        return request.user.is_superuser

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


@admin.register(Username)
class UsernameAdmin(ReadOnlyAdmin):
    list_display = ["key", "user", "created_at"]
    list_select_related = ["user"]
    list_filter = ["created_at", ("user", admin.EmptyFieldListFilter)]
    search_fields = ["=key", "=user__username"]
    date_hierarchy = "created_at"
    ordering = ["key"]
