"""The admin site, the base classes of its pages, and extensions of a page by other apps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList, ChangeListSearchForm
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import ManyToManyField, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from microblog.core.fields import limit_length
from microblog.core.pagination import parse_number
from microblog.core.performance.urls import cached_reverse

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SEARCH_MAX_LENGTH = 200

# The first is reached only from Django's own change of password. The second redirects any staff from the id of any row
# to its page, whose URL may contain a username, without checking a permission.
UNMOUNTED = {"password_change_done", "view_on_site"}
# Packages whose models have no page, because only services change them, which log it, or have one of the site's.
UNREGISTERED = {
    "allauth.account.admin",
    "allauth.mfa.admin",
    "allauth.usersessions.admin",
    "django.contrib.auth.admin",
}

Mixin = TypeVar("Mixin", bound=type[admin.ModelAdmin])

_extensions: dict[type[Model], list[type[admin.ModelAdmin]]] = {}


def extend(model: type[Model]) -> Callable[[Mixin], Mixin]:
    """Decorate a mixin to extend the admin class of a model of a lower app, such as by actions and inlines."""

    def add(mixin: Mixin) -> Mixin:
        _extensions.setdefault(model, []).append(mixin)
        return mixin

    return add


class AdminSite(admin.AdminSite):
    """Django's admin, with the site's own views for signing in and out and changing the password."""

    site_header = site_title = "Microblog"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if admin_class is None or admin_class.__module__ not in UNREGISTERED:
            super().register(model_or_iterable, admin_class, **options)

    def add_extensions(self) -> None:
        """Register the extended models again; called once, after the admin modules of all apps are imported."""
        for model, mixins in _extensions.items():
            base = self.get_model_admin(model).__class__
            bases = (*sorted(mixins, key=lambda mixin: mixin.__module__), base)
            self._registry[model] = type(base.__name__, bases, {"__doc__": base.__doc__})(model, self)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """List moderation first."""
        return sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"] != "moderation")

    def get_urls(self) -> list[Any]:
        return [entry for entry in super().get_urls() if getattr(entry, "name", None) not in UNMOUNTED]

    @login_not_required
    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().login(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Redirect the form in the header of the admin to the site's own page."""
        return redirect(cached_reverse("account_logout"), preserve_request=True)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect(cached_reverse("account_change_password"))


class SearchForm(ChangeListSearchForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit_length(self, SEARCH_MAX_LENGTH, SEARCH_VAR)


class BoundedChangeList(ChangeList):
    """A list that limits the length of a search, because each word of it is a condition of the SQL."""

    search_form_class = SearchForm


class IdsField(forms.ModelMultipleChoiceField):
    """Choices of rows by their ids; invalid ids are neither queried nor rendered."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        return [pk for pk in data or [] if parse_number(str(pk)) is not None]

    def clean(self, value: Any) -> Any:
        for pk in value or []:
            if parse_number(str(pk)) is None:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": str(pk)[:20]}
                )
        return super().clean(value)


class SiteModelAdmin(admin.ModelAdmin):
    """
    The base of all admin pages of the site.

    Lists accept only the filters that they show, and lists and forms limit their input; Django passes anything on to
    the database.
    """

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    # Django's view for it checks no permission.
    view_on_site = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Treat an empty name of a field as none."""
        return super().get_object(request, object_id, from_field or None)

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, form_class=IdsField, **kwargs)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """
        Allow only the parameters that the filters and the date hierarchy of the list generate.

        The result of any other lookup would reveal columns and related rows that the list does not show.
        """
        dates = self.date_hierarchy
        if dates and lookup in (f"{dates}__year", f"{dates}__month", f"{dates}__day"):
            return True
        return any(lookup in self._parameters(entry, request) for entry in self.get_list_filter(request))

    def _parameters(self, entry: Any, request: HttpRequest) -> list[str | None]:
        """Return the parameters of a filter of `list_filter`."""
        if callable(entry):
            return entry(request, {}, self.model, self).expected_parameters()
        path, make = entry if isinstance(entry, (tuple, list)) else (entry, admin.FieldListFilter.create)
        field = get_fields_from_path(self.model, path)[-1]
        return make(field, request, {}, self.model, self, field_path=path).expected_parameters()


class ReadOnlyAdmin(SiteModelAdmin):
    """A page without forms, for models that only services change."""

    # Searches are for exact values, which an index serves.
    search_help_text: ClassVar[StrOrPromise | None] = _("Exact username or number")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
