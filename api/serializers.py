"""Serializers of resources: one description for representation, columns and the description of the API."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

from django.urls import reverse
from rest_framework import serializers

from api.fields import format_time
from microblog.core.performance.urls import current_prefix

# An id that no other part of a URL contains.
MARKER_ID = 2**53


class ResourceSerializer(serializers.Serializer):
    """
    Represent an object by the fields of the class.

    Lists represent many rows, so fields are looked up once per class, and values are read from attributes without the
    conversions of the framework. Fields that are not required are added by `to_representation()` of a subclass.
    """

    # Columns that are read in addition to those of the fields.
    reads: ClassVar[tuple[str, ...]] = ()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        plan = _plan(self.__class__)
        represented = dict(zip(plan.names, plan.read(instance), strict=True))
        for name, represent in plan.values:
            if (value := represented[name]) is not None:
                represented[name] = represent(value)
        for name, represent in plan.wholes:
            represented[name] = represent(instance)
        return represented

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the columns that a queryset must fetch, for `only()`."""
        sources = (field.source or name for name, field in cls._declared_fields.items() if field.required)
        return (*(source for source in sources if source != "*"), *cls.reads)


class LinksField(serializers.Field):
    """
    The URLs of a resource.

    Each link is the name of a URL pattern whose argument is the id of the object, or a function of the object, which
    is annotated as optional if it can return None.
    """

    def __init__(self, /, **links: str | Callable[[Any], str | None]) -> None:
        super().__init__(source="*")
        self.links = links

    def to_representation(self, instance: Any) -> dict[str, str | None]:
        pk = instance.pk
        return {
            name: link(instance) if tail is None else f"{link}{pk}{tail}"
            for name, link, tail in self.parts(current_prefix())
        }

    @cache  # noqa: B019 - fields of serializer classes live as long as the process
    def parts(self, _prefix: str) -> list[tuple[str, Any, str | None]]:
        """Return the name of each link, and the parts of its URL before and after the id, or its function."""
        return [
            (name, *reverse(link, args=[MARKER_ID]).split(str(MARKER_ID)))
            if isinstance(link, str)
            else (name, link, None)
            for name, link in self.links.items()
        ]


class _Plan(NamedTuple):
    """How to represent objects: names of members, the function that reads their values, and how to represent these."""

    names: list[str]
    read: Callable[[Any], tuple[Any, ...]]
    values: list[tuple[str, Callable[[Any], Any]]]
    # Members that are represented from the whole object.
    wholes: list[tuple[str, Callable[[Any], Any]]]


@cache
def _plan(kind: type[ResourceSerializer]) -> _Plan:
    fields = {name: field for name, field in kind._declared_fields.items() if field.required}
    sources = {name: field.source or name for name, field in fields.items()}
    wholes = [name for name, source in sources.items() if source == "*"]
    values = [(name, format_time) for name, field in fields.items() if isinstance(field, serializers.DateTimeField)]
    values += [
        (name, field.to_representation)
        for name, field in fields.items()
        if isinstance(field, serializers.BaseSerializer) and name not in wholes
    ]
    return _Plan(
        list(fields),
        attrgetter(*("__class__" if source == "*" else source for source in sources.values())),
        values,
        [(name, fields[name].to_representation) for name in wholes],
    )
