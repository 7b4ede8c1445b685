"""Queries whose SQL is compiled once, because building and compiling a queryset takes longer than running it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from functools import lru_cache, wraps
from itertools import repeat
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable, RelatedPopulator, get_related_populators
from django.db.models.signals import post_init, pre_init
from django.db.models.sql.compiler import SQLCompiler

from microblog.core.performance.caching import is_enabled, name_of

Ts = TypeVarTuple("Ts")
M = TypeVar("M", bound=Model)

# Maximum cached shapes of each query.
SHAPES = 64
# Placeholders for parameters while a query is compiled, so far apart that each can be recognized after the query adds
# a number to it.
FIRST_PLACEHOLDER, PLACEHOLDER_DISTANCE = 2**62, 2**40


class Shape(NamedTuple):
    """What the SQL depends on in an argument: its class, part of its state, and its number of parameters."""

    kind: type
    state: Hashable
    parameters: int


class Argument(NamedTuple):
    """The value of a parameter: one of those passed to the query, with a number added to it unless it is a string."""

    number: int
    added: int
    kind: type[int | str]

    def of(self, values: Sequence[Any]) -> Any:
        return values[self.number] + self.added if self.added else values[self.number]


class Maker:
    """Make objects of a model as Model.from_db() does, without its work for each field: a third of the time."""

    def __init__(self, model: type[Model]) -> None:
        inherited = model.__init__ is Model.__init__ and model.from_db.__func__ is Model.from_db.__func__  # type: ignore[attr-defined] # a class method
        if not inherited or pre_init.has_listeners(model) or post_init.has_listeners(model):
            raise TypeError(f"{model.__name__} does more when it is made than set its fields")
        self.model, self.state = model, type(model()._state)

    def from_db(self, using: str, names: Sequence[str], values: Sequence[Any]) -> Model:
        made = self.model.__new__(self.model)
        state = self.state()
        state.adding, state.db = False, using
        made.__dict__.update(zip(names, values, strict=True), _state=state)
        return made


def _let_make(populators: list[RelatedPopulator]) -> list[RelatedPopulator]:
    """Let the objects of related models be made so too."""
    for populator in populators:
        populator.model_cls = Maker(populator.model_cls)  # type: ignore[assignment] # all that it is asked for is from_db()
        _let_make(populator.related_populators)
    return populators


class Compiled:
    """
    SQL, its parameters, and how its rows become objects, all found out once.

    `places` has the index of each parameter that comes from an argument, and which `Argument` that is.
    """

    def __init__(
        self, compiler: SQLCompiler, sql: str, parameters: list[Any], places: list[tuple[int, Argument]]
    ) -> None:
        self.using: str = compiler.using  # type: ignore[assignment] # never None in a query
        self.sql, self.parameters, self.places = sql, parameters, places
        self.arguments = list(dict.fromkeys(argument for _place, argument in places))
        klass, select = compiler.klass_info or {}, compiler.select or []
        self.maker = Maker(klass["model"])
        self.columns = slice(klass["select_fields"][0], klass["select_fields"][-1] + 1)
        self.names = [column.target.attname for column, *_sql in select[self.columns]]
        self.related = _let_make(get_related_populators(klass, select, self.using))  # type: ignore[call-arg] # the stubs are for Django 6
        self.annotations = list((compiler.annotation_col_map or {}).items())
        self.converters = list(compiler.get_converters([column for column, *_sql in select]).items())

    def rows(self, values: Sequence[Any]) -> list[Any]:
        connection = connections[self.using]
        with connection.cursor() as cursor:
            cursor.execute(*self._statement(connection, values))
            found = cursor.fetchall()
        return [self._make_object(connection, list(row)) for row in found]

    def _statement(self, connection: BaseDatabaseWrapper, values: Sequence[Any]) -> tuple[str, list[Any]]:
        """Return the SQL and its parameters, or those of the statement that the connection has prepared for it."""
        statements = getattr(connection, "statements", None)
        prepared = statements and statements.execute(self)
        if prepared:
            return prepared, [argument.of(values) for argument in self.arguments]
        parameters = self.parameters.copy()
        for place, argument in self.places:
            parameters[place] = argument.of(values)
        return self.sql, parameters

    def _make_object(self, connection: BaseDatabaseWrapper, row: list[Any]) -> Model:
        """Do for a row what Django's ModelIterable does."""
        for place, (converters, column) in self.converters:
            for convert in converters:
                row[place] = convert(row[place], column, connection)
        made = self.maker.from_db(self.using, self.names, row[self.columns])
        for related in self.related:
            related.populate(row, made)
        for name, place in self.annotations:
            setattr(made, name, row[place])
        return made


def compiled(build: Callable[[*Ts], QuerySet[M]]) -> Callable[[*Ts], list[M]]:
    """
    Let a function that builds a queryset return its rows, with SQL compiled once for each shape of arguments.

    On a method of a queryset, the queryset must have all rows of its model: `Post.objects`.

    Numbers, strings and lists of numbers are parameters. An object with a `shape()`, which returns a Shape and the
    parameters, is recreated by `of_shape(state, parameters)` when the query is compiled. All other arguments must be
    hashable and are part of the shape. The function must build the same query for the same shapes, and may only pass a
    parameter to the query or add a number to it; all its other parameters must be numbers.
    """
    name = name_of(build)

    @lru_cache(SHAPES)
    def compile_for(shapes: tuple[Shape, ...]) -> Compiled | None:
        placeholders = iter(
            range(
                FIRST_PLACEHOLDER,
                FIRST_PLACEHOLDER + PLACEHOLDER_DISTANCE * PLACEHOLDER_DISTANCE,
                PLACEHOLDER_DISTANCE,
            )
        )
        arguments = [_make_placeholder(shape, placeholders) for shape in shapes]
        return _compile(build(*arguments))

    @wraps(build)
    def fetch(*args: *Ts) -> list[M]:
        if not is_enabled(name):
            return list(build(*args))
        shaped = [_shape(argument) for argument in args]
        ready = compile_for(tuple(shape for shape, _values in shaped))
        return ready.rows([value for _shape, values in shaped for value in values]) if ready else []

    return fetch


def fill_up(ids: Collection[int], size: int = 0) -> list[int]:
    """Add 0, the id of no row, up to a size, or else a power of two: a query is compiled for each length of a list."""
    size = size or (1 << (len(ids) - 1).bit_length())
    return [*ids, *repeat(0, size - len(ids))] if ids else []


def _shape(argument: Any) -> tuple[Shape, Sequence[Any]]:
    for kind in (int, str):
        if isinstance(argument, kind):
            return Shape(kind, None, 1), [argument]
    if isinstance(argument, list):
        return Shape(list, None, len(argument)), argument
    if isinstance(argument, QuerySet):
        query = argument.query
        if query.where or query.is_sliced or query.combinator or query.annotations:
            raise TypeError("a compiled query must begin with all rows of its model")
        return Shape(argument.__class__, argument.model, 0), []  # type: ignore[arg-type] # classes are hashable
    if hasattr(argument, "shape"):
        shaped: tuple[Shape, Sequence[Any]] = argument.shape()
        return shaped
    return Shape(object, argument, 0), []


def _make_placeholder(shape: Shape, placeholders: Any) -> Any:
    parameters = [next(placeholders) for _ in range(shape.parameters)]
    if shape.kind is object:
        return shape.state
    if shape.kind is list:
        return parameters
    if shape.kind in {int, str}:
        return shape.kind(parameters[0])
    if issubclass(shape.kind, QuerySet):
        return shape.kind(shape.state)  # type: ignore[arg-type] # the model
    return shape.kind.of_shape(shape.state, parameters)  # type: ignore[attr-defined] # defined with shape()


def _compile(queryset: QuerySet[Any]) -> Compiled | None:
    """Return the compiled query; None if it never finds any rows."""
    if queryset._iterable_class is not ModelIterable or queryset._known_related_objects:  # type: ignore[attr-defined] # theirs
        raise TypeError("only rows of a model that no other object belongs to can be fetched by a compiled query")
    compiler = queryset.query.get_compiler(using=queryset.db)
    try:
        sql, found = compiler.as_sql()
    except EmptyResultSet:
        return None
    parameters, places = list(found), []
    for place, value in enumerate(parameters):
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        # For example times, which are strings on SQLite.
        if not isinstance(number, int):
            raise TypeError(f"a compiled query would always use {value!r}")
        if number > FIRST_PLACEHOLDER - PLACEHOLDER_DISTANCE // 2:
            index = round((number - FIRST_PLACEHOLDER) / PLACEHOLDER_DISTANCE)
            added = number - FIRST_PLACEHOLDER - index * PLACEHOLDER_DISTANCE
            places.append((place, Argument(index, added, str if isinstance(value, str) else int)))
    return Compiled(compiler, sql, parameters, places)
