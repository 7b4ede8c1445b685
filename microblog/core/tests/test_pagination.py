import pytest

from microblog.core.pagination import Cursor, KeysetPage, paginate


def fetcher(ids):
    """Return a `fetch` over plain numbers."""

    def fetch(cursor):
        if cursor.after is not None:
            return sorted(pk for pk in ids if pk > cursor.after)[: cursor.limit]
        below = (pk for pk in ids if cursor.before is None or pk < cursor.before)
        return sorted(below, reverse=True)[: cursor.limit]

    return fetch


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", KeysetPage([9, 8], "", "?before=8")),
        ("?before=8", KeysetPage([7, 6], "?after=7", "?before=6")),
        ("?before=6", KeysetPage([5], "?after=5", "")),
        ("?before=5", KeysetPage([], "?after=4", "")),
        ("?after=5", KeysetPage([7, 6], "?after=7", "?before=6")),
        ("?after=7", KeysetPage([9, 8], "", "?before=8")),
        ("?after=8", KeysetPage([9, 8], "", "?before=8")),  # one alone at the top: the first page instead
        ("?after=9", KeysetPage([9, 8], "", "?before=8")),
    ],
)
def test_pages_lead_down_and_up_again(rf, query, page):
    assert paginate(rf.get("/" + query), fetcher({5, 6, 7, 8, 9}), size=2, key=int) == page


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize("junk", ["x", "-1", "-3", "1.5", "", "٣", "²", "\0", "9" * 30, "9" * 40])
def test_junk_cursor_gives_the_first_page(rf, name, junk):
    seen = []

    def fetch(cursor):
        seen.append(cursor)
        return []

    paginate(rf.get("/", {name: junk}), fetch, size=2)
    assert seen == [Cursor(3)]
