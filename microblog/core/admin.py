"""Operators' view of the jobs that wait, and of the queues of django-rq."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from microblog.core.bounded_admin import BoundedAdmin

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class SiteModelAdmin(BoundedAdmin):
    """The base of all admin pages of the site: lists that filter by what they offer, and nothing else."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    # Pages link to the site where that helps; Django's own view for it would open any row to all staff.
    view_on_site = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """
        Allow the parameters that the filters of the list and its dates generate, by their whole names.

        By any other lookup, the rows found would reveal columns and related rows that the list does not show.
        """
        dates = self.date_hierarchy
        if dates and lookup in (f"{dates}__year", f"{dates}__month", f"{dates}__day"):
            return True
        return any(lookup in self._parameters(entry, request) for entry in self.get_list_filter(request))

    def _parameters(self, entry: Any, request: HttpRequest) -> list[str | None]:
        """Return the parameters of a filter, which is made as Django's list makes it."""
        if callable(entry):
            return entry(request, {}, self.model, self).expected_parameters()
        path, make = entry if isinstance(entry, (tuple, list)) else (entry, admin.FieldListFilter.create)
        field = get_fields_from_path(self.model, path)[-1]
        return make(field, request, {}, self.model, self, field_path=path).expected_parameters()


class ReadOnlyAdmin(SiteModelAdmin):
    """Facts to look up, which change through services alone."""

    # What is searched for is the whole of a name or number: that is what an index serves.
    search_help_text: ClassVar[StrOrPromise | None] = _("Exact username or number")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
