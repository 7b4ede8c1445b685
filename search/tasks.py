"""Tasks that keep the indexes in sync."""

from collections.abc import Collection

from django.conf import settings
from django.db import transaction

from jobs.tasks import BackOff, task
from search import indexing, repair
from search.documents import AUTHORED, Searchable
from search.engines.base import SearchUnavailable


@task(batch=500, unique=True)
def write_documents(references: list[str]) -> None:
    """Index rows in Elasticsearch, given as "posts:12"; they are read again, so repeating it is safe."""
    try:
        indexing.index_in_elasticsearch(references)
    except SearchUnavailable as error:
        raise BackOff(str(error)) from error


def enqueue_writes(document: type[Searchable], ids: Collection[int]) -> None:
    """Enqueue the indexing of rows in Elasticsearch, where it is used."""
    if settings.ELASTICSEARCH_URL:
        write_documents.enqueue_each(f"{document.kind}:{pk}" for pk in ids)


@task(unique=True)
@transaction.atomic
def index_texts_of(author_id: int, kind: str, after: int) -> None:
    """Index or remove a slice of a user's texts of a kind; repeated, it finds nothing to do."""
    (document,) = (document for document in AUTHORED if document.kind == kind)
    moved, following = indexing.index_texts_of(document, author_id, after)
    enqueue_writes(document, moved)
    if following is not None:
        index_texts_of.enqueue(author_id, kind, following)


@task(unique=True)
def repair_slice(kind: str, after: int) -> None:
    """Repair a part of the indexes and enqueue the next; repeated, it finds nothing to do."""
    try:
        following = repair.repair_slice(kind, after)
    except SearchUnavailable as error:
        raise BackOff(str(error)) from error
    if following is not None:
        repair_slice.enqueue(kind, following)
