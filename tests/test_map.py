"""The map for newcomers in docs/architecture.md: which module answers which URL, and which job is where."""

import inspect
import re
from collections import defaultdict

import pytest
from django.conf import settings
from django.urls import URLPattern, get_resolver

from jobs.schedule import get_schedule
from jobs.tasks import registered

pytestmark = pytest.mark.once

DOCUMENT = settings.BASE_DIR / "docs" / "architecture.md"


def patterns(resolver, prefix="/"):
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route, entry.callback
        else:
            yield from patterns(entry, route)


def module_of(function):
    view = getattr(function, "view_class", None) or getattr(function, "cls", None) or inspect.unwrap(function)
    return view.__module__


def shortened(route):
    """Write a route as people do: parameters by their names."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", route).replace(r"[\s\S]+", "…")


def rows_of_urls():
    modules = defaultdict(dict)
    for route, function in patterns(get_resolver()):
        if not route.startswith("/admin/"):
            modules[module_of(function)][f"`{shortened(route)}`"] = None
    return [f"| {', '.join(urls)} | `{module}` |" for module, urls in sorted(modules.items())]


def rows_of_jobs():
    modules = defaultdict(list)
    for task in registered:
        module, _, name = task.rpartition(".")
        if not module.startswith(("bench", "tests")):
            modules[module].append(f"`{name}`")
    for entry in get_schedule():
        modules[entry.function.__module__].append(f"`{entry.function.__name__}` (recurring)")
    return [f"| {', '.join(sorted(names))} | `{module}` |" for module, names in sorted(modules.items())]


@pytest.mark.parametrize(("head", "rows"), [("URL", rows_of_urls), ("Job", rows_of_jobs)])
def test_map_is_that_of_the_code(head, rows):
    written = re.search(rf"^\| {head} \| Module \|\n\|---\|---\|\n((?:\|.*\n)+)", DOCUMENT.read_text(), re.MULTILINE)
    assert written[1].splitlines() == rows()
