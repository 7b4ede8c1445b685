"""Searching, keeping the indexes in step with the rows, and building and mending them."""

from search.services.mending import Report, check, engines, mend_slice, rebuild
from search.services.searching import Results, search_people, search_posts
from search.services.syncing import follow, follow_standing, index_posts_of, write_owed

__all__ = [
    "Report",
    "Results",
    "check",
    "engines",
    "follow",
    "follow_standing",
    "index_posts_of",
    "mend_slice",
    "rebuild",
    "search_people",
    "search_posts",
    "write_owed",
]
