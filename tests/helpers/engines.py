"""Search engines for tests that run with each of them."""

import os
import uuid

import pytest
from django.test import override_settings
from elasticsearch import Elasticsearch

from jobs import worker
from jobs.models import Queue
from jobs.worker import run_due
from microblog.core.pagination import LARGEST_ID
from search.documents import DOCUMENTS
from search.engines.base import Snapshot
from search.engines.elasticsearch import ElasticsearchEngine, breaker
from search.indexing import now_in_microseconds


@pytest.fixture(autouse=True)
def _nothing_backs_off():
    breaker._tries_from = None
    worker._backing_off_until.clear()


@pytest.fixture(scope="session")
def _indexes():
    """Create separate indexes for this run; return the prefix of their names."""
    prefix = f"test-{uuid.uuid4().hex}"
    with override_settings(ELASTICSEARCH_URL=os.environ["TEST_ELASTICSEARCH_URL"], ELASTICSEARCH_PREFIX=prefix):
        engine = ElasticsearchEngine()
        for document in DOCUMENTS.values():
            engine.finish(document, engine.begin(document))
    yield prefix
    # Tests of another folder may have their own indexes and client.
    with Elasticsearch(os.environ["TEST_ELASTICSEARCH_URL"]) as client:
        for index in client.indices.get(index=f"{prefix}*"):
            client.indices.delete(index=index)
    engine.client.close()


@pytest.fixture
def empty_indexes(settings):
    """Return a function that empties the Elasticsearch indexes, if it is used."""

    def empty():
        for document in DOCUMENTS.values() if settings.ELASTICSEARCH_URL else ():
            engine = ElasticsearchEngine()
            engine.refresh(document)
            left_over = engine.compare(document, {}, after=0, upto=LARGEST_ID).orphaned
            engine.write(document, Snapshot({}, left_over, now_in_microseconds()))
            engine.refresh(document)

    return empty


@pytest.fixture
def elasticsearch(settings, _indexes, empty_indexes):
    """Connect the site to the real Elasticsearch, with empty indexes; return its URL."""
    settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_PREFIX = os.environ["TEST_ELASTICSEARCH_URL"], _indexes
    empty_indexes()
    return settings.ELASTICSEARCH_URL


@pytest.fixture(params=["database", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def engine(request):
    """Run a test with each search engine; return the engine's name."""
    if request.param == "elasticsearch":
        request.getfixturevalue("elasticsearch")
    return request.param


@pytest.fixture
def settle(settings):
    """Return a function that runs pending jobs and refreshes the indexes."""

    def settle():
        run_due(Queue.TASKS)
        if settings.ELASTICSEARCH_URL:
            for document in DOCUMENTS.values():
                ElasticsearchEngine().refresh(document)

    return settle
