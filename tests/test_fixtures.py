"""Shared fixtures are defined once, and test modules do not import each other."""

import ast

import pytest


@pytest.fixture
def modules(pytestconfig):
    """Return the syntax tree of each test module and conftest.py, by its path."""
    root = pytestconfig.rootpath
    paths = [path for folder in pytestconfig.getini("testpaths") for path in (root / folder).rglob("*.py")]
    named = [path for path in paths if path.name.startswith("test_") or path.name == "conftest.py"]
    assert len(named) > 100
    return {str(path.relative_to(root)): ast.parse(path.read_text()) for path in named}


def fixtures(module):
    return {
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef)
        and any("pytest.fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def imports(module):
    for node in ast.walk(module):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (f"{getattr(node, 'module', None) or ''}.{alias.name}" for alias in node.names)


def test_fixture_that_all_tests_share_is_defined_once(pytestconfig, modules):
    root = pytestconfig.rootpath
    places = [root / "conftest.py", *(root / "tests" / "helpers").glob("*.py")]
    shared = set.union(*(fixtures(ast.parse(path.read_text())) for path in places))
    assert {"ana", "as_ana", "browser", "visit", "engine"} <= shared
    again = {path: fixtures(module) & shared for path, module in modules.items()}
    assert {path: names for path, names in again.items() if names} == {}


def test_no_test_module_imports_another(modules):
    found = {path: [name for name in imports(module) if ".test_" in f".{name}"] for path, module in modules.items()}
    assert {path: names for path, names in found.items() if names} == {}
