"""Exports in the admin."""

from django.contrib import admin

from exports.models import Export
from microblog.core.admin import ReadOnlyAdmin


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    """List exports without a link to their archives."""

    list_display = ["user", "state", "failure", "created_at", "finished_at", "rows_done", "rows_total", "size"]
    list_select_related = ["user"]
    list_filter = ["created_at", "state", "failure"]
    search_fields = ["=user__username"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    exclude = ["file", "place", "parts"]
