"""Searching, keeping the indexes in step with the rows, and building and mending them."""

from search.mending import Report, check, engines, rebuild
from search.services.searching import Results, search_people, search_posts
from search.services.syncing import enqueue_repairs, follow, follow_standing

__all__ = [
    "Report",
    "Results",
    "check",
    "engines",
    "enqueue_repairs",
    "follow",
    "follow_standing",
    "rebuild",
    "search_people",
    "search_posts",
]
