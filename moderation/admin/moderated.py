"""Decisions and history on the admin pages of content and users."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from blog.models import Entry, Snippet
from microblog.core.admin import extend
from moderation.admin.base import DecidingAdmin
from moderation.admin.cases import history_of
from moderation.models import Decision
from posts.models import Post

Action = Decision.Action


class ModeratedContent(DecidingAdmin):
    """A list of content that decisions can hide."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Exclude the viewer's own hidden content, which shows the moderator."""
        return super().get_queryset(request).exclude(author=request.user, hidden_at__isnull=False)


@extend(Post)
class ModeratedPosts(ModeratedContent):
    decisions = [Action.HIDE_POST, Action.RESTORE_POST]
    shown = ["author", "body", "created_at"]


@extend(Entry)
class ModeratedEntries(ModeratedContent):
    decisions = [Action.HIDE_ENTRY, Action.RESTORE_ENTRY]
    shown = ["author", "title", "summary", "created_at"]


@extend(Snippet)
class ModeratedSnippets(ModeratedContent):
    decisions = [Action.HIDE_SNIPPET, Action.RESTORE_SNIPPET]
    shown = ["author", "title", "summary", "created_at"]


@extend(User)
class ModeratedUsers(DecidingAdmin):
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
