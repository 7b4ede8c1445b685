"""The page of results."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from microblog.core.pagination import parse_id
from search.query import MAX_LENGTH
from search.services import Results, search_blog, search_people, search_posts

KINDS = {"posts": search_posts, "people": search_people, "blog": search_blog}


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show the posts, people or texts of the blog that match `q`, by `type`; an empty `q` redirects to Explore."""
    # The form on the page of bookmarks sends its filter as another `q`.
    text = " ".join(request.GET.getlist("q")).strip()
    if not text:
        return redirect("posts:explore")
    kind = request.GET.get("type", "")
    kind = kind if kind in KINDS else "posts"
    page = min(parse_id(request.GET, "page") or 1, 1_000_000)
    results = KINDS[kind](text, viewer=request.user, page=page)
    context = {
        "results": results,
        "kind": kind,
        # Shown in the search field again, at a useful length.
        "search_text": text[: 2 * MAX_LENGTH],
        "page": _pager(request, results, text),
    }
    return render(request, "search/results.html", context)


def _pager(request: HttpRequest, results: Results, text: str) -> dict[str, str]:
    """Return the query strings of the previous and next pages, '' where there is none."""

    def link(page: int) -> str:
        query = request.GET.copy()
        query["q"] = text[: 2 * MAX_LENGTH]
        query["page"] = str(page)
        return f"?{query.urlencode()}"

    return {
        "newer": link(results.page - 1) if results.page > 1 else "",
        "older": link(results.page + 1) if results.has_next else "",
    }
