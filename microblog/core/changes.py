"""Signals of bulk changes; Django sends signals for single rows only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.dispatch import Signal

# Sent by querysets in the transaction of a bulk change. Arguments: sender, the model; ids, a list; update_fields, a
# set of names, or None for new rows. Only changes of fields that are passed to watch() are announced.
rows_changed = Signal()

_watched: dict[type[Model], set[str]] = {}

Row = TypeVar("Row", bound=Model)


def watch(model: type[Model], fields: Iterable[str]) -> None:
    """Let the querysets of a model announce bulk changes of these fields."""
    _watched.setdefault(model, set()).update(fields)


class AnnouncingQuerySet(QuerySet[Row]):
    """A queryset that sends `rows_changed` for bulk changes of watched fields."""

    def update(self, **values: Any) -> int:
        """Update the rows, as Django does, and announce their ids; one query more for watched fields."""
        fields = _watched.get(self.model, set()) & values.keys()
        if not fields:
            return super().update(**values)
        with transaction.atomic(using=self.db):
            ids = list(self.values_list("pk", flat=True))
            count = super().update(**values)
            if count:
                rows_changed.send(self.model, ids=ids, update_fields=fields)
        return count

    update.alters_data = True  # type: ignore[attr-defined] # templates must not call it

    def bulk_create(self, objs: Iterable[Row], *args: Any, **options: Any) -> list[Row]:
        """Create the rows, as Django does, and announce their ids."""
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **options)
            ids: Collection[Any] = [row.pk for row in created if row.pk]
            if ids and self.model in _watched:
                rows_changed.send(self.model, ids=ids, update_fields=None)
        return created
