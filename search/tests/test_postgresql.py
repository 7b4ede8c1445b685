"""search_newest(), the function that searches in PostgreSQL."""

import pytest
from django.db import connection

from search.documents import PostDocument
from search.engines.base import Snapshot
from search.engines.database import COUNTED, DatabaseEngine, _tsquery
from search.query import parse

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

# More than the newest rows that are tried first.
ROWS = 60_000
TEXTS = (
    *("all", "tenth", "all tenth", "some", "old", '"one two"', '"two one" old', "all -tenth", "all -all", "some -old"),
    *("odd even", "tenth some old", "nothing"),
)
PAGES = [(0, 26), (25, 26), (990, 26), (1_490, 26), (9_975, 25)]


@pytest.fixture
def entries():
    """Add rows whose words are in all of them, every 10th, every 40th (in pairs, with the other order), and few."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO search_postentry (rowid, tokens) SELECT pk, to_tsvector('simple', concat_ws(' ', 'all',
                CASE WHEN pk %% 10 = 0 THEN 'tenth' END, CASE WHEN pk %% 40 = 0 THEN 'one two' ELSE 'two one' END,
                CASE WHEN pk %% 300 = 0 THEN 'some' END, CASE WHEN pk <= 1500 THEN 'old' END,
                CASE WHEN pk %% 7 = 0 THEN 'odd' WHEN pk %% 7 = 3 THEN 'even' END))
            FROM generate_series(1, %s) AS pk
            """,
            [ROWS],
        )
        cursor.execute("ANALYZE search_postentry")


def find(text, *, offset=0, limit=26):
    return DatabaseEngine().find(PostDocument, parse(text), offset=offset, limit=limit)


def index_scans(text):
    """Return how often a search reads the index of tokens."""
    count = "SELECT pg_stat_get_xact_numscans('post_entry_tokens_idx'::regclass)"
    with connection.cursor() as cursor:
        cursor.execute(count)
        ((before,),) = cursor.fetchall()
        find(text)
        cursor.execute(count)
        ((after,),) = cursor.fetchall()
    return after - before


def test_newest_rows_are_found_whatever_the_frequency_of_words(entries):
    for text in TEXTS:
        with connection.cursor() as cursor:
            cursor.execute(
                # The addition keeps the index out.
                "SELECT rowid FROM search_postentry WHERE (tokens || '') @@ %s::tsquery ORDER BY rowid DESC",
                [_tsquery(parse(text))],
            )
            ids = [pk for (pk,) in cursor.fetchall()]
        for offset, limit in PAGES:
            found = find(text, offset=offset, limit=limit)
            assert found.ids == ids[offset : offset + limit], text
            assert (found.total, found.is_more) == (min(len(ids), COUNTED), len(ids) > COUNTED), text


def test_frequent_word_is_found_among_the_newest_rows_alone(entries):
    assert index_scans("all") == 0
    assert index_scans("all -tenth") == 0


def test_rare_words_are_read_from_the_index_once(entries):
    assert index_scans("some") == 1
    assert index_scans("nothing") == 1
    assert index_scans("tenth some") == 1


def test_estimate_may_be_missing():
    # The table was never analyzed.
    DatabaseEngine().write(PostDocument, Snapshot({1: {"id": 1, "body": "first", "facets": "from:1"}}, [], 0))
    assert find("first").ids == [1]
    assert find("second").ids == []
