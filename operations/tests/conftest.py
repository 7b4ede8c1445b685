import pytest

from operations import health


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    """Let each test look for itself."""
    monkeypatch.setattr(health, "_known", {})
    monkeypatch.setattr(health, "_consequences", ())


@pytest.fixture
def parts(monkeypatch):
    """Return the parts of the site, for a test to replace."""
    parts = dict(health._parts)
    monkeypatch.setattr(health, "_parts", parts)
    return parts
