import pytest

from operations import health


@pytest.fixture(autouse=True)
def _no_cached_findings(monkeypatch):
    """Make each test run its own checks."""
    monkeypatch.setattr(health, "_known", {})
    monkeypatch.setattr(health, "_consequences", ())


@pytest.fixture
def components(monkeypatch):
    """Return the registered components, for a test to change."""
    components = dict(health._components)
    monkeypatch.setattr(health, "_components", components)
    return components
