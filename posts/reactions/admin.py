"""Likes in the admin. Bookmarks are private."""

from django.contrib import admin

from microblog.core.admin import ReadOnlyAdmin
from posts.models import Like


@admin.register(Like)
class LikeAdmin(ReadOnlyAdmin):
    """Likes, without a date hierarchy, which is slow for millions of rows."""

    list_display = ["user", "post", "created_at", "undone_at"]
    list_select_related = ["user", "post"]
    list_filter = ["created_at", ("undone_at", admin.EmptyFieldListFilter)]
    search_fields = ["=user__username", "=post__pk"]
    ordering = ["-pk"]
