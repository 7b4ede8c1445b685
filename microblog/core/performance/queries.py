"""Queries whose SQL is compiled once: to build and compile a queryset costs Python more than to run it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from copy import copy
from functools import lru_cache, wraps
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

from microblog.core.performance.caching import is_on, name_of

Ts = TypeVarTuple("Ts")
M = TypeVar("M", bound=Model)

# How many shapes of each query are kept.
SHAPES = 64
# Numbers that stand in for parameters while a query is compiled, so far apart that each is known again when the query
# adds to it or takes away.
FIRST_MARK, APART = 2**62, 2**40


class Shape(NamedTuple):
    """What SQL depends on in an argument: its class, some of its state, and how many parameters it fills in."""

    kind: type
    state: Hashable
    parameters: int


class Compiled(NamedTuple):
    """SQL, its parameters, and the places in them that arguments fill: with which value, and what is added to it."""

    compiler: SQLCompiler | None
    sql: str
    parameters: list[Any]
    places: list[tuple[int, int, int]]

    def rows(self, values: Sequence[Any]) -> list[Any]:
        if self.compiler is None:
            return []
        parameters = self.parameters.copy()
        for place, number, added in self.places:
            parameters[place] = values[number] + added if added else values[number]
        compiler = copy(self.compiler)
        compiler.connection = connections[compiler.using]  # type: ignore[index] # never None in a query
        compiler.as_sql = lambda *_args, **_kwargs: (self.sql, tuple(parameters))  # type: ignore[method-assign] # for this copy
        query = SimpleNamespace(get_compiler=lambda **_using: compiler)
        rows = SimpleNamespace(db=compiler.using, query=query, _known_related_objects={})
        return list(ModelIterable(rows))  # type: ignore[arg-type] # all that it asks of a queryset


def compiled(build: Callable[[*Ts], QuerySet[M]]) -> Callable[[*Ts], list[M]]:
    """
    Make a function that builds a queryset return its rows, with SQL that is compiled once for each shape of arguments.

    On a method of a queryset, the queryset must have all rows of its model: `Post.objects`.

    Numbers, texts and lists of numbers are parameters. Anything with a `shape()`, which returns a Shape and the
    parameters, is made again by `of_shape(state, parameters)` when the query is compiled. What else there is, must be
    hashable and is part of the shape. The function must build the same query for the same shapes, may do no more with
    a parameter than hand it to the query or add a number to it, and may have no parameters of its own but numbers.
    """
    name = name_of(build)

    @lru_cache(SHAPES)
    def compile_for(shapes: tuple[Shape, ...]) -> Compiled:
        marks = iter(range(FIRST_MARK, FIRST_MARK + APART * APART, APART))
        arguments = [_stand_in(shape, marks) for shape in shapes]
        return _compile(build(*arguments))

    @wraps(build)
    def fetch(*args: *Ts) -> list[M]:
        if not is_on(name):
            return list(build(*args))
        shaped = [_shape(argument) for argument in args]
        ready = compile_for(tuple(shape for shape, _values in shaped))
        return ready.rows([value for _shape, values in shaped for value in values])

    return fetch


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


def _stand_in(shape: Shape, marks: Any) -> Any:
    parameters = [next(marks) for _ in range(shape.parameters)]
    if shape.kind is object:
        return shape.state
    if shape.kind is list:
        return parameters
    if shape.kind in {int, str}:
        return shape.kind(parameters[0])
    if issubclass(shape.kind, QuerySet):
        return shape.kind(shape.state)  # type: ignore[arg-type] # the model
    return shape.kind.of_shape(shape.state, parameters)  # type: ignore[attr-defined] # beside shape()


def _compile(queryset: QuerySet[Any]) -> Compiled:
    if queryset._iterable_class is not ModelIterable or queryset._known_related_objects:  # type: ignore[attr-defined] # theirs
        raise TypeError("only rows of a model that no other object belongs to can be fetched by a compiled query")
    compiler = queryset.query.get_compiler(using=queryset.db)
    try:
        sql, found = compiler.as_sql()
    except EmptyResultSet:
        return Compiled(None, "", [], [])
    parameters, places = list(found), []
    for place, value in enumerate(parameters):
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        # Among them times, which are texts on SQLite.
        if not isinstance(number, int):
            raise TypeError(f"a compiled query would keep {value!r} for good")
        if number > FIRST_MARK - APART // 2:
            index = round((number - FIRST_MARK) / APART)
            places.append((place, index, number - FIRST_MARK - index * APART))
    return Compiled(compiler, sql, parameters, places)
