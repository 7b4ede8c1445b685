"""Follows, blocks and mutes in the admin."""

from django.contrib import admin

from microblog.core.admin import ReadOnlyAdmin
from relationships.models import Block, Follow, Mute


@admin.register(Follow)
class FollowAdmin(ReadOnlyAdmin):
    """Follows, without a date hierarchy, which is slow for millions of rows."""

    list_display = ["follower", "followed", "created_at"]
    list_select_related = ["follower", "followed"]
    list_filter = ["created_at"]
    search_fields = ["=follower__username", "=followed__username"]
    ordering = ["-pk"]


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ["blocker", "blocked", "created_at"]
    list_select_related = ["blocker", "blocked"]
    list_filter = ["created_at"]
    search_fields = ["=blocker__username", "=blocked__username"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]


@admin.register(Mute)
class MuteAdmin(ReadOnlyAdmin):
    list_display = ["muter", "muted", "created_at"]
    list_select_related = ["muter", "muted"]
    list_filter = ["created_at"]
    search_fields = ["=muter__username", "=muted__username"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]
