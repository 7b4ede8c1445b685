"""Translate a query to Elasticsearch's query DSL."""

from __future__ import annotations

from typing import Any

from search.documents import Searchable
from search.query import Query, Term


def to_elasticsearch(document: type[Searchable], query: Query) -> dict[str, Any]:
    """Return the query of a search: words affect the score, facets only filter."""
    clauses = [(_clause(document, term), term.is_facet) for term in query.terms]
    if query.any_of:
        clauses.append(({"terms": {"facets": [term.tokens[0] for term in query.any_of]}}, True))
    if query.within is not None:
        clauses.append(({"terms": {"id": list(query.within)}}, True))
    return {
        "bool": {
            "must": [clause for clause, is_facet in clauses if not is_facet],
            "filter": [clause for clause, is_facet in clauses if is_facet],
            "must_not": [
                *(_clause(document, term) for term in query.excluded if not term.is_facet),
                {"terms": {"facets": [term.tokens[0] for term in query.excluded if term.is_facet]}},
            ],
        }
    }


def _clause(document: type[Searchable], term: Term) -> dict[str, Any]:
    if term.is_facet:
        return {"term": {"facets": term.tokens[0]}}
    match = {"query": " ".join(term.tokens), "fields": document.weights}
    if not term.is_prefix:
        return {"multi_match": {**match, "type": "phrase" if len(term.tokens) > 1 else "best_fields"}}
    beginning = {"multi_match": {**match, "type": "phrase_prefix" if len(term.tokens) > 1 else "bool_prefix"}}
    # A whole word ranks above words that begin with it.
    whole = {"multi_match": {**match, "type": "phrase", "boost": 2}}
    return {"dis_max": {"queries": [beginning, whole]}}
