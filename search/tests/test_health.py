import pytest
from elasticsearch import Elasticsearch

from operations import health
from operations.health import State


@pytest.fixture
def found(monkeypatch):
    monkeypatch.setattr(health, "_known", {})
    return lambda: next(finding for finding in health.findings() if finding.component.name == "search")


@pytest.mark.django_db
class TestHealth:
    def test_component_is_off_without_the_engine(self, found, settings):
        settings.ELASTICSEARCH_URL = ""
        assert found().state == State.OFF

    def test_unavailable_engine_degrades_the_site(self, found, settings):
        settings.ELASTICSEARCH_URL = "http://127.0.0.1:9"
        assert found().state == State.DEGRADED

    @pytest.mark.elasticsearch
    def test_available_engine_is_ok(self, found, elasticsearch):
        assert found().state == State.OK
        with Elasticsearch(elasticsearch) as client:
            assert found().details["cluster"] == client.cluster.health()["status"]
