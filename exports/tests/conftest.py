import pytest

from exports import slices, writer


@pytest.fixture
def folder(settings, tmp_path):
    """Store archives in a temporary folder."""
    options = settings.STORAGES["exports"] | {"OPTIONS": {"location": tmp_path / "exports"}}
    settings.STORAGES = settings.STORAGES | {"exports": options}
    return tmp_path / "exports"


@pytest.fixture
def small(monkeypatch):
    """Split an archive of a few rows into several pages and slices."""
    monkeypatch.setattr(writer, "PAGE", 2)
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0)
