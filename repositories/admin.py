"""Repositories, issues and watches in the admin."""

from django.contrib import admin

from microblog.core.admin import ReadOnlyAdmin
from repositories.models import Issue, Repository, Watch


@admin.register(Repository)
class RepositoryAdmin(ReadOnlyAdmin):
    list_display = ["full_name", "outcome", "fetched_at", "next_fetch_at", "failures", "issue_count"]
    list_filter = ["outcome", "fetched_at"]
    search_fields = ["owner", "name"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]


@admin.register(Issue)
class IssueAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "repository", "state", "author", "opened_at"]
    list_select_related = ["repository"]
    list_filter = ["state", "is_pull_request"]
    search_fields = ["title", "=author"]
    date_hierarchy = "opened_at"
    ordering = ["-repository", "-number"]


@admin.register(Watch)
class WatchAdmin(ReadOnlyAdmin):
    list_display = ["user", "repository", "created_at"]
    list_select_related = ["user", "repository"]
    list_filter = ["created_at"]
    search_fields = ["=user__username"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]
