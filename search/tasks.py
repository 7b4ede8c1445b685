"""Jobs that keep the search engine in step."""

from jobs.outbox import PutOff, batched
from search import services
from search.documents import DOCUMENTS
from search.engines.base import EngineAway


@batched(500)
def write_owed(references: list[str]) -> None:
    """Bring Elasticsearch up to date about rows; they are read anew, so that repeating it does no harm."""
    try:
        services.write_owed(references)
    except EngineAway as error:
        raise PutOff(str(error)) from error


def index_posts_of(author_id: int, after: int) -> None:
    """Let a slice of somebody's posts follow whether their author may be seen; repeated, it finds nothing to do."""
    services.index_posts_of(author_id, after)


def mend() -> None:
    """Compare all indexes with the rows and mend them, in slices; another one at once finds the same."""
    for kind in DOCUMENTS:
        mend_slice(kind, 0)


def mend_slice(kind: str, after: int) -> None:
    """Mend a slice of an index and go on with the next; what is right already stays as it is."""
    try:
        services.mend_slice(kind, after)
    except EngineAway as error:
        raise PutOff(str(error)) from error
