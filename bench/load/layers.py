"""
Measure the layers of pages: each middleware, the view, queries, templates and tags, as processor time of this process.

What a layer takes is without the layers that it calls. 32 viewers in turns request each page; the medians of RUNS runs
are printed. Measuring takes time itself, about a microsecond for each call, which is part of the layer around.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.contrib import auth
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.template.base import Node, Template
from django.template.defaulttags import URLNode
from django.template.library import SimpleNode
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ListSerializer
from rest_framework.views import APIView

from bench.load.floor import make_environment, pages, visit
from bench.load.requests import Page
from bench.load.run import prepare, rotating_viewers
from bench.table import heading, row
from microblog.core.performance.collector import tune_collector
from microblog.core.performance.frames import with_room_for_calls
from microblog.core.performance.queries import Compiled
from microblog.core.sessions import SessionStore

PROFILED = ("home", "explore", "profile", "conversations", "thread", "popover", "poll", "API: users")
RUNS = 5
# Layers that take less on each page, in milliseconds, are added up.
LEAST = 0.03


class Layer(NamedTuple):
    """Where time is spent. Groups are listed in the order in which a request meets them."""

    group: str
    name: str


class Cost(NamedTuple):
    """What a layer takes of one request."""

    ms: float
    calls: float


class Stopwatch:
    """The processor time of layers, each without those it calls."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.seconds: Counter[Layer] = Counter()
        self.calls: Counter[Layer] = Counter()
        # Of the queries, with waiting for the database.
        self.elapsed = 0.0
        self._stack: list[Layer] = []
        self._last = 0.0

    def timed(self, group: str, name: str | Callable[..., str], function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as a layer; a name may be made of its arguments."""

        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            layer = Layer(group, name if isinstance(name, str) else name(*arguments))
            self._switch()
            self._stack.append(layer)
            self.calls[layer] += 1
            try:
                return function(*arguments, **named)
            finally:
                self._switch()
                self._stack.pop()

        return call

    def _switch(self) -> None:
        """Give the time since the last change of layers to the current one."""
        now = time.process_time()
        if self._stack:
            self.seconds[self._stack[-1]] += now - self._last
        self._last = now

    def replace(self, group: str, name: str | Callable[..., str], owner: Any, *attributes: str) -> None:
        """Make layers of the methods of a class or functions of a module, for the rest of this process."""
        for attribute in attributes:
            setattr(owner, attribute, self.timed(group, name, getattr(owner, attribute)))


class Handler(WSGIHandler):
    """Django's handler, with each middleware and the view as a layer."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch
        # The one that comes next, from the inside.
        self._layer = "(finding the view)"
        super().__init__()

    def adapt_method_mode(
        self, _is_async: bool, method: Callable[..., Any], *of_handler: bool, name: str = "", **_options: bool
    ) -> Callable[..., Any]:
        """Take what Django gives to a middleware, which is the next one, or its `process_view()` and the like."""
        if not of_handler:
            owner = getattr(method, "__self__", None)
            return self._watch.timed("middleware", type(owner).__name__, method) if owner else method
        layer, self._layer = self._layer, name.rpartition(".")[2]
        return self._watch.timed("middleware", layer, method)

    def make_view_atomic(self, view: Callable[..., Any]) -> Callable[..., Any]:
        return self._watch.timed("view", "view", super().make_view_atomic(view))


def _block(node: BlockNode, context: Any) -> str:
    """Return the name of the template that a block is filled by."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    return _template_of((blocks and blocks.get_block(node.name)) or node)


def _template_of(node: Node) -> str:
    return str(node.origin.template_name)


def _tag(node: SimpleNode, *_context: Any) -> str:
    return f"{{% {node.func.__name__} %}}"


def _statement(sql: str) -> str:
    """Return a name for a statement: its verb and first table."""
    table = re.search(r'(?:FROM|INTO|UPDATE|EXECUTE) "?(\w+)', sql)
    return f"{sql.split(maxsplit=1)[0]} {table[1] if table else ''}"


def _watch_code(watch: Stopwatch) -> None:
    watch.replace("session, user", "session", SessionStore, "load")
    watch.replace("session, user", "user", auth, "get_user")
    watch.replace("query", "check of the connection", type(connections[connection.alias]), "is_usable")
    watch.replace("ORM", "SQL of querysets", SQLCompiler, "as_sql")
    watch.replace("ORM", "objects of querysets", QuerySet, "_fetch_all")
    watch.replace("ORM", "objects of compiled queries", Compiled, "rows")
    watch.replace("API", "authentication", APIView, "perform_authentication")
    watch.replace("API", "throttles", APIView, "check_throttles")
    watch.replace("API", "permissions", APIView, "check_permissions")
    watch.replace("API", "serializer", ListSerializer, "to_representation")
    watch.replace("API", "JSON", JSONRenderer, "render")
    watch.replace("template", lambda template, _context: template.name or "(a text)", Template, "_render")
    watch.replace("template", _block, BlockNode, "render")
    watch.replace("tag", "{% url %}", URLNode, "render")
    watch.replace("tag", "{% translate %}", TranslateNode, "render")
    watch.replace("tag", "{% blocktranslate %}", BlockTranslateNode, "render")
    watch.replace("tag", _tag, SimpleNode, "render")


GROUPS = ["Django", "middleware", "session, user", "view", "API", "ORM", "query", "template", "tag", "all"]


def main(name: str = "s", only: str = "") -> int:
    prepare(name)
    watch = Stopwatch()
    viewers = rotating_viewers(name)
    measured = [page for page in pages(only) if only or page.name in PROFILED]
    requests = {page: [(viewer, page.request(viewer.user)) for viewer in viewers] for page in measured}
    _watch_code(watch)
    application = with_room_for_calls(watch.timed("Django", "request and response", Handler(watch)))

    def execute(run: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return watch.timed("query", _statement(sql), run)(sql, *arguments)
        finally:
            watch.elapsed += time.perf_counter() - start

    tune_collector()
    found: dict[Layer, dict[Page, Cost]] = {}
    print(f"Load of the machine: {os.getloadavg()[0]:.1f}\n")
    with connection.execute_wrapper(execute):
        for page in measured:
            environments = [make_environment(each.path, viewer.headers(each)) for viewer, each in requests[page]]
            for layer, cost in _measure(watch, application, environments).items():
                found.setdefault(layer, {})[page] = cost
    _report(found, measured)
    return 0


def _measure(
    watch: Stopwatch, application: Callable[..., Any], environments: list[dict[str, Any]]
) -> dict[Layer, Cost]:
    """Return the costs of the layers of a page; the first two runs warm up."""
    runs: list[Counter[Layer]] = []
    for _ in range(2 + RUNS):
        watch.clear()
        for environment in environments:
            visit(application, environment)
        watch.seconds[Layer("all", "sum")] = sum(watch.seconds.values())
        watch.seconds[Layer("all", "queries, with waiting")] = watch.elapsed
        runs.append(watch.seconds)
    count = len(environments)
    return {
        layer: Cost(1000 * statistics.median(run[layer] for run in runs[2:]) / count, watch.calls[layer] / count)
        for layer in set().union(*runs[2:])
    }


def _report(found: dict[Layer, dict[Page, Cost]], measured: list[Page]) -> None:
    heading("Group", "Layer", *(page.name for page in measured))
    rest: Counter[Page] = Counter()
    totals = {layer: sum(cost.ms for cost in costs.values()) for layer, costs in found.items()}
    for layer in sorted(found, key=lambda layer: (GROUPS.index(layer.group), -totals[layer])):
        costs = found[layer]
        if layer.group == "all":
            continue
        if max(cost.ms for cost in costs.values()) < LEAST:
            rest.update({page: cost.ms for page, cost in costs.items()})  # type: ignore[arg-type] # milliseconds
            continue
        row(layer.group, layer.name, *(_cell(costs.get(page)) for page in measured))
    row("others", f"less than {LEAST} each", *(f"{rest[page]:.2f}" for page in measured))
    for layer in (layer for layer in found if layer.group == "all"):
        row(layer.group, layer.name, *(_cell(found[layer].get(page)) for page in measured))


def _cell(cost: Cost | None) -> str:
    """Return milliseconds, and the number of calls unless it is one."""
    if cost is None:
        return ""
    return f"{cost.ms:.2f}" + (f" ({cost.calls:.3g})" if cost.calls not in (0, 1) else "")
