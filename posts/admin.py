"""Posts in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.services import record
from microblog.core.admin import ReadOnlyAdmin
from posts.models import Post
from posts.services import delete_post


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    """List posts without a date hierarchy, which is slow for many rows."""

    list_display = [
        "__str__",
        "author",
        "addressee",
        "reply_count",
        "repost_count",
        "created_at",
        "edited_at",
        "hidden_at",
        "hidden_by",
    ]
    list_select_related = ["author", "addressee", "hidden_by"]
    list_filter = ["created_at", ("hidden_at", admin.EmptyFieldListFilter)]
    search_fields = ["=author__username", "=pk"]
    search_help_text = _("Exact username of the author, or number of the post")
    ordering = ["-pk"]
    fields = [
        "author", "reply_to", "addressee", "reply_count", "body", "language", "created_at", "edited_at",
        "hidden_at", "hidden_by", "hidden_reason",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        return super().get_queryset(request).filter(repost_of=None)

    def view_on_site(self, post: Post) -> str:
        return post.get_absolute_url()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow deletion only with the explicit permission: hiding a post is the reversible way."""
        return request.user.has_perm("posts.delete_post")

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        record("post.delete", actor=request.user, target=obj)
        delete_post(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset:
            self.delete_model(request, post)
