"""Entries, snippets and tags in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.services import record
from blog.models import Entry, Publication, PublicState, Snippet, Tag
from blog.services import delete_publication
from microblog.core.admin import ReadOnlyAdmin


class PublicationAdmin(ReadOnlyAdmin):
    """What the pages of entries and snippets have in common."""

    list_display = ["__str__", "author", "status", "created_at", "published_at", "hidden_at", "hidden_by"]
    list_select_related = ["author", "hidden_by"]
    list_filter = ["status", ("hidden_at", admin.EmptyFieldListFilter)]
    search_fields = ["=author__username", "=pk", "=slug"]
    search_help_text = _("Exact username of the author, or number or slug of the text")
    ordering = ["-pk"]
    date_hierarchy = "created_at"
    fields: list[str] = [
        *("author", "title", "slug", "body", "status", "created_at", "published_at", "modified_at"),
        *("hidden_at", "hidden_by", "hidden_reason"),
    ]

    def view_on_site(self, publication: Publication) -> str:
        return publication.get_absolute_url()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow deletion only with the explicit permission: hiding a text is the reversible way."""
        return request.user.has_perm(f"blog.delete_{self.opts.model_name}")

    def delete_model(self, request: HttpRequest, obj: Publication) -> None:
        record(f"{self.opts.model_name}.delete", actor=request.user, target=obj)
        delete_publication(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for publication in queryset:
            self.delete_model(request, publication)


@admin.register(Entry)
class EntryAdmin(PublicationAdmin):
    fields = [*PublicationAdmin.fields, "language", "tags"]


@admin.register(Snippet)
class SnippetAdmin(PublicationAdmin):
    fields = [*PublicationAdmin.fields, "lexer_name"]


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    list_display = ["pk", "slug"]
    search_fields = ["=slug", "=pk"]
    ordering = ["-pk"]


@admin.register(PublicState)
class PublicStateAdmin(ReadOnlyAdmin):
    """The state whose pages are kept, to see that a change has reached it."""

    list_display = ["__str__", "pk"]
    search_fields = ["=pk"]
    search_help_text = None
