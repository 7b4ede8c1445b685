"""Discover the sections and facts of archives in the `archive` modules of all apps."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from microblog.core.archive import Facts, Section


@cache
def _modules() -> list[ModuleType]:
    return [
        import_module(f"{app.name}.archive")
        for app in apps.get_app_configs()
        if app.module and module_has_submodule(app.module, "archive")
    ]


@cache
def get_sections() -> dict[str, Section]:
    """Return the sections of all apps by name, in the order of their positions."""
    found = [section for module in _modules() for section in getattr(module, "SECTIONS", [])]
    return {section.name: section for section in sorted(found, key=lambda section: section.position)}


@cache
def get_facts() -> list[Facts]:
    """Return the facts of all apps."""
    return [facts for module in _modules() for facts in getattr(module, "FACTS", [])]
