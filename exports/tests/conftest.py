import pytest

from exports import slices, writer


@pytest.fixture
def folder(settings, tmp_path):
    """Keep archives in a folder of the test's own."""
    options = settings.STORAGES["exports"] | {"OPTIONS": {"location": tmp_path / "exports"}}
    settings.STORAGES = settings.STORAGES | {"exports": options}
    return tmp_path / "exports"


@pytest.fixture
def small(monkeypatch):
    """Let an archive of a few rows take several pages and slices."""
    monkeypatch.setattr(writer, "PAGE", 2)
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0)
