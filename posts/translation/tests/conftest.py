import pytest

from posts.translation import providers
from tests.helpers.translation_service import stand_in

KEY = "k3y-nobody-may-see"


@pytest.fixture
def service():
    with stand_in() as service:
        yield service


@pytest.fixture
def microsoft(service, settings):
    settings.MS_TRANSLATOR_KEY, settings.MS_TRANSLATOR_REGION = KEY, "westeurope"
    settings.MS_TRANSLATOR_URL = service.url
    return service


@pytest.fixture
def libre(service, settings):
    settings.LIBRETRANSLATE_KEY, settings.LIBRETRANSLATE_URL = KEY, service.url
    return service


@pytest.fixture(params=["microsoft", "libre"])
def either(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def _impatient(monkeypatch):
    """Wait a fraction of what a reader would."""
    monkeypatch.setattr(providers, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(providers, "ATTEMPT_TIMEOUT", 0.5)
