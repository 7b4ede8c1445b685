"""Search, for the page and the API, and the scheduled repair of the indexes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, QuerySet, Value

from accounts.models import User
from accounts.querysets import people_blocked_either_way
from accounts.validators import fold_username
from microblog.core.performance.queries import compiled, fill_up
from posts.models import Post
from posts.reactions.lists import ids_of_bookmarked_posts
from posts.reading import prepare_posts
from search import tasks
from search.documents import DOCUMENTS, PersonDocument, PostDocument, PublicationDocument, Searchable
from search.engines.base import Hits, SearchUnavailable
from search.engines.database import DatabaseEngine
from search.engines.elasticsearch import ElasticsearchEngine
from search.query import Query, Term, parse

# Paging ends at this hit.
LAST_HIT = 10_000


@dataclass(frozen=True)
class Results:
    """One page of results: the rows that are visible to the viewer, and what the page must show about them."""

    items: list[Any] = field(default_factory=list)
    total: int = 0
    # There are more than `total`, the engine's limit for counting.
    is_more: bool = False
    # Some hits are not visible to the viewer, so `total` is approximate.
    is_approximate: bool = False
    page: int = 1
    has_next: bool = False
    # Whether Elasticsearch is unavailable and the database searched instead.
    is_fallback: bool = False
    query: Query = field(default_factory=Query)
    # Names after from: that no visible user has.
    unknown_authors: list[str] = field(default_factory=list)

    @property
    def is_past_last_page(self) -> bool:
        """Return whether the page is empty because it lies beyond the last hit."""
        return not self.items and self.page > 1 and self.total > 0


def search_posts(text: str, *, viewer: User, page: int = 1, size: int | None = None) -> Results:
    """
    Find posts visible to the viewer by words, "phrases", -exclusions, from:name, is:reply, in:bookmarks and #tags.

    Never raises, whatever the text is and whether the engine is available or not.
    """
    size = size or settings.POSTS_PER_PAGE

    def posts(ids: list[int]) -> dict[int, Post]:
        return {post.pk: post for post in _posts(viewer, fill_up(ids))}

    results = _search_texts(PostDocument, posts, text, viewer=viewer, page=page, size=size)
    prepare_posts(results.items, reader=viewer)
    return results


@compiled
def _posts(viewer: User, ids: list[int]) -> QuerySet[Post]:
    return Post.objects.visible_to(viewer).with_reactions_of(viewer).for_timeline().filter(pk__in=ids)


def search_blog(text: str, *, viewer: User, page: int = 1, size: int | None = None) -> Results:
    """Find published entries and snippets visible to the viewer, as search_posts() does."""

    def rows(model: type[Any]) -> QuerySet[Any]:
        # The index may lag behind: the viewer's own drafts and hidden texts are visible to them, but not in it.
        return model.objects.visible_to(AnonymousUser()).visible_to(viewer).for_results()

    fetch = partial(PublicationDocument.with_ids, rows=rows)
    return _search_texts(
        PublicationDocument, fetch, text, viewer=viewer, page=page, size=size or settings.POSTS_PER_PAGE
    )


def _search_texts(
    document: type[Searchable],
    fetch: Callable[[list[int]], dict[int, Any]],
    text: str,
    *,
    viewer: User,
    page: int,
    size: int,
) -> Results:
    query, unknown = _adapt_to_viewer(document, parse(text), viewer)
    found = _find(document, query, page=page, size=size)
    rows = fetch(found.hits.ids) if found.hits.ids else {}
    return _results(rows, found, query=query, page=page, unknown_authors=unknown)


def search_people(text: str, *, viewer: User, page: int = 1, size: int | None = None) -> Results:
    """
    Find users visible to the viewer by prefixes of words in their username and about me.

    The user with exactly that username comes first.
    """
    query, _unknown = _adapt_to_viewer(PersonDocument, _about_people(parse(text)), viewer)
    found = _find(PersonDocument, query, page=page, size=size or settings.POSTS_PER_PAGE)
    people = User.objects.visible_to(viewer).with_is_followed(viewer)
    name = text.strip().removeprefix("@").removeprefix("＠")
    namesakes = people.by_username(name).annotate(is_namesake=Value(True))
    # One query for both.
    listed = people.filter(pk__in=found.hits.ids).annotate(is_namesake=Value(False)).union(namesakes, all=True)
    rows = {person.pk: person for person in listed}
    results = _results(rows, found, query=query, page=page)
    namesake = next((person for person in rows.values() if person.is_namesake), None)
    if namesake is None:
        return results
    items = [namesake] if page == 1 else []
    return replace(
        results,
        items=items + [person for person in results.items if person != namesake],
        total=max(results.total, 1),
    )


@dataclass(frozen=True)
class _Found:
    hits: Hits
    has_next: bool = False
    is_fallback: bool = False


def _find(document: type[Searchable], query: Query, *, page: int, size: int) -> _Found:
    """Search with Elasticsearch; use the database where that is not configured or unavailable."""
    if not query or (query.within is not None and query.within.query.is_empty()):
        return _Found(Hits([], 0))
    # Beyond the last page only the total is needed.
    offset = min((page - 1) * size, LAST_HIT)
    # One extra hit shows whether there is a next page.
    limit = min(size + 1, LAST_HIT - offset)
    is_fallback = False
    if settings.ELASTICSEARCH_URL:
        try:
            hits = ElasticsearchEngine().find(document, query, offset=offset, limit=limit)
        except SearchUnavailable:
            is_fallback = True
    if is_fallback or not settings.ELASTICSEARCH_URL:
        hits = DatabaseEngine().find(document, query, offset=offset, limit=limit)
    has_next = len(hits.ids) > size or (hits.is_more and 0 < LAST_HIT - offset <= size)
    return _Found(replace(hits, ids=hits.ids[:size]), has_next, is_fallback)


def _results(rows: dict[int, Any], found: _Found, *, page: int, **facts: Any) -> Results:
    """Return the visible rows of the hits, in the engine's order; `rows` maps ids to rows."""
    items = [rows[pk] for pk in found.hits.ids if pk in rows]
    # A single page is counted exactly, so the total never reveals a single post that is hidden from the viewer.
    is_whole = page == 1 and not found.has_next
    return Results(
        items=items,
        total=len(items) if is_whole else found.hits.total,
        is_more=found.hits.is_more,
        is_approximate=not is_whole and len(items) < len(found.hits.ids),
        page=page,
        has_next=found.has_next,
        is_fallback=found.is_fallback,
        **facts,
    )


def _adapt_to_viewer(document: type[Searchable], query: Query, viewer: User) -> tuple[Query, list[str]]:
    """
    Replace names of authors by their facets, bookmarks by their ids, and exclude users on the other side of a block.

    The engine excludes them, so that neither totals nor further pages depend on their posts. Return also the names
    after from: that no visible user has. Takes one query, or none without names and blocks.
    """
    if not query:
        return query, []
    keys = {name: fold_username(name) for name in query.authors + query.excluded_authors}
    ids: dict[str, int] = {}
    unseen: list[int] = []
    for key, pk in _names_and_blocks(keys.values(), viewer):
        if key is None:
            unseen.append(pk)
        else:
            ids[key] = pk

    def facets(names: tuple[str, ...]) -> tuple[Term, ...]:
        # No user has the id 0.
        return tuple(Term((f"from:{ids.get(keys[name], 0)}",)) for name in names)

    blocked = tuple(Term((document.facet_of(pk),)) for pk in sorted(unseen))
    within = None
    if query.is_in_bookmarks:
        # Only posts can be bookmarked.
        bookmarked = ids_of_bookmarked_posts(viewer)
        within = bookmarked if document is PostDocument else bookmarked.none()
    adapted = replace(
        query,
        within=within,
        any_of=query.any_of + facets(query.authors),
        excluded=query.excluded + facets(query.excluded_authors) + blocked,
    )
    return adapted, [name for name in query.authors if keys[name] not in ids]


def _names_and_blocks(keys: Collection[str], viewer: User) -> Iterable[tuple[str | None, int]]:
    """Return (key, id) of visible users with these usernames, and (None, id) of users on the other side of a block."""
    named = User.objects.visible_to(viewer).filter(usernames__key__in=keys).values_list("usernames__key", "pk")
    if not viewer.has_blocks:
        return named if keys else []
    unseen = User.objects.filter(pk__in=people_blocked_either_way(viewer))
    blocked = unseen.values_list(Value(None, CharField()), "pk")
    return named.union(blocked, all=True) if keys else blocked


def _about_people(query: Query) -> Query:
    """Replace from:name and #tag by plain words, and words by prefixes."""
    names = parse(" ".join(query.authors)).terms
    terms = [
        Term((term.tokens[0].removeprefix("#"),)) if term.is_facet else term
        for term in dict.fromkeys(query.terms + names)
    ]
    beginnings = tuple(replace(term, is_prefix=len(term.tokens) == 1 or term.is_prefix) for term in terms)
    return replace(query, terms=beginnings, authors=(), excluded_authors=())


def enqueue_repairs() -> None:
    """Enqueue the repair of all indexes."""
    for kind in DOCUMENTS:
        tasks.repair_slice.enqueue(kind, 0)
