"""What every list and form of the admin takes, bounded: Django's own pass anything on to the database."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList, ChangeListSearchForm
from django.core.exceptions import ValidationError
from django.db.models import ManyToManyField
from django.http import HttpRequest

from microblog.core.fields import limit_length
from microblog.core.pagination import LARGEST_ID

SEARCH_MAX_LENGTH = 200


class SearchForm(ChangeListSearchForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit_length(self, SEARCH_MAX_LENGTH, SEARCH_VAR)


class BoundedChangeList(ChangeList):
    """A list whose search takes a query of SEARCH_MAX_LENGTH: each word of it is a condition of the statement."""

    search_form_class = SearchForm


class IdsField(forms.ModelMultipleChoiceField):
    """Choices of rows by ids; what could be none is neither looked for nor shown again."""

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ARG002 - called by Django
        return [pk for pk in data or [] if _is_id(pk)]

    def clean(self, value: Any) -> Any:
        for pk in value or []:
            if not _is_id(pk):
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": str(pk)[:20]}
                )
        return super().clean(value)


class BoundedAdmin(admin.ModelAdmin):
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 - called by Django
        return BoundedChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Take an empty name of a field for none."""
        return super().get_object(request, object_id, from_field or None)

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, form_class=IdsField, **kwargs)


def _is_id(value: Any) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID
