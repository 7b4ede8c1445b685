"""Posts and people, with what can be decided about them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.admin import UserAdmin
from accounts.models import User
from moderation.admin.cases import history_of
from moderation.admin.deciding import DecidingAdmin
from moderation.models import Decision
from posts.admin import PostAdmin
from posts.models import Post

Action = Decision.Action

admin.site.unregister([Post, User])


@admin.register(Post)
class ModeratedPostAdmin(DecidingAdmin, PostAdmin):
    decisions = [Action.HIDE_POST, Action.RESTORE_POST]
    shown = ["author", "body", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        """Leave out the viewer's own hidden posts: their rows name who decided about them."""
        return super().get_queryset(request).exclude(author=request.user, hidden_at__isnull=False)


@admin.register(User)
class ModeratedUserAdmin(DecidingAdmin, UserAdmin):
    decisions = [Action.WARN, Action.SUSPEND, Action.LIFT_SUSPENSION]
    shown = ["username", "about_me", "created_at"]
    change_form_template = "admin/moderation/person.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a person with the latest cases, decisions and notes about them."""
        person = self.get_object(request, object_id)
        history = (
            history_of(person, request.user) if person and request.user.has_perm("moderation.view_case") else None
        )
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "history": history})
