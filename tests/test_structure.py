"""What the folders promise: small modules, apps of a size to know by heart, and doors that stay shut."""

import ast
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.once

MODULE_LINES = 350
APP_LINES = 3000


def own_apps():
    """Return the folder of each app of the site by its name."""
    folders = {config.name: Path(config.path) for config in apps.get_app_configs()}
    return {
        name: path for name, path in folders.items() if settings.BASE_DIR in path.parents and ".venv" not in path.parts
    }


@cache
def modules():
    """Return the path and lines of each module of the site and of developers' tools, but tests and migrations."""
    others = [settings.BASE_DIR / name for name in ("microblog", "bench", "scripts")]
    paths = {path for folder in [*own_apps().values(), *others] for path in folder.rglob("*.py")}
    return {
        path: path.read_text().splitlines() for path in sorted(paths) if not {"tests", "migrations"} & {*path.parts}
    }


def test_no_module_is_long():
    assert {str(path): len(lines) for path, lines in modules().items() if len(lines) > MODULE_LINES} == {}


def test_no_app_is_large():
    folders = own_apps()
    sizes = dict.fromkeys(folders, 0)
    for path, lines in modules().items():
        # An app within another counts by itself.
        holders = [name for name, folder in folders.items() if folder in path.parents]
        if holders:
            sizes[max(holders, key=len)] += len(lines)
    assert all(sizes.values())
    assert {name: size for name, size in sizes.items() if size > APP_LINES} == {}


def imports_of(path):
    for node in ast.walk(ast.parse("\n".join(modules()[path]))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def is_view(dotted):
    return "views" in dotted.split(".")


def test_no_view_imports_a_view_of_another_app():
    names = sorted(own_apps(), key=len, reverse=True)

    def app_of(dotted):
        return next((name for name in names if f"{dotted}.".startswith(f"{name}.")), None)

    found = []
    for path in modules():
        module = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
        if is_view(module) and app_of(module):
            found += [
                (module, name)
                for name in imports_of(path)
                if is_view(name) and app_of(name) not in (None, app_of(module), "api")
            ]
    assert found == []
