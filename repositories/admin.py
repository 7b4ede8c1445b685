"""Repositories, issues and watches in the admin."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from microblog.core.admin import ReadOnlyAdmin
from repositories.models import Issue, Repository, Watch
from repositories.services import request_fetch


@admin.register(Repository)
class RepositoryAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "outcome", "fetched_at", "next_fetch_at", "failures", "issue_count"]
    list_filter = ["outcome", "fetched_at"]
    search_fields = ["owner", "name"]
    search_help_text = None
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    actions = ["fetch_now"]

    def view_on_site(self, repository: Repository) -> str:
        return repository.get_absolute_url()

    @admin.action(description=_("Fetch the issues of the selected repositories now"), permissions=["view"])
    def fetch_now(self, request: HttpRequest, queryset: QuerySet[Repository]) -> None:
        for repository in queryset:
            request_fetch(repository)
        text = ngettext(
            "The issues of %(count)d repository are being fetched.",
            "The issues of %(count)d repositories are being fetched.",
            len(queryset),
        )
        self.message_user(request, text % {"count": len(queryset)}, messages.SUCCESS)


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
