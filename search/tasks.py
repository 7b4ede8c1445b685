"""Tasks that keep the indexes in step."""

from collections.abc import Collection

from django.conf import settings
from django.db import transaction

from jobs.tasks import BackOff, task
from search import indexing, repair
from search.documents import PostDocument, Searchable
from search.engines.base import EngineAway


@task(batch=500, unique=True)
def write_documents(references: list[str]) -> None:
    """Bring Elasticsearch up to date about rows; they are read again, so that repeating it does no harm."""
    try:
        indexing.index_in_elasticsearch(references)
    except EngineAway as error:
        raise BackOff(str(error)) from error


def enqueue_writes(document: type[Searchable], ids: Collection[int]) -> None:
    """Have Elasticsearch, where it is used, brought up to date about rows."""
    if settings.ELASTICSEARCH_URL:
        write_documents.enqueue_each(f"{document.kind}:{pk}" for pk in ids)


@task(unique=True)
@transaction.atomic
def index_posts_of(author_id: int, after: int) -> None:
    """Let a slice of a user's posts follow whether their author is visible; repeated, it finds nothing to do."""
    moved, following = indexing.index_posts_of(author_id, after)
    enqueue_writes(PostDocument, moved)
    if following is not None:
        index_posts_of.enqueue(author_id, following)


@task(unique=True)
def repair_slice(kind: str, after: int) -> None:
    """Repair a slice of an index and go on with the next; what is right already stays as it is."""
    try:
        following = repair.repair_slice(kind, after)
    except EngineAway as error:
        raise BackOff(str(error)) from error
    if following is not None:
        repair_slice.enqueue(kind, following)
