"""Pages that like, repost and bookmark posts, and their lists."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from operator import attrgetter
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.querysets import UserQuerySet
from microblog.core.exceptions import DomainError
from microblog.core.limits import TOO_MANY
from microblog.core.pagination import KeysetPage, paginate
from microblog.core.performance.urls import cached_reverse
from microblog.core.sign_in import find_referring_page
from posts.models import Post
from posts.querysets import PostQuerySet
from posts.reactions.lists import bookmarked_posts, liked_posts, likers_of, reposters_of
from posts.reactions.services import (
    bookmark_post,
    like_post,
    repost_post,
    unbookmark_post,
    undo_repost,
    unlike_post,
)
from posts.reading import prepare_posts

# The numbers of reactions that everybody sees, and their templates.
_LIKES, _REPOSTS = "like_count", "repost_count"


@require_POST
def like(request: HttpRequest, pk: int) -> HttpResponse:
    """Like a post."""
    return _react(request, pk, like_post, _LIKES)


@require_POST
def unlike(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the like of a post."""
    return _react(request, pk, unlike_post, _LIKES)


@require_POST
def repost(request: HttpRequest, pk: int) -> HttpResponse:
    """Repost a post."""
    return _react(request, pk, repost_post, _REPOSTS)


@require_POST
def unrepost(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the repost of a post."""
    return _react(request, pk, undo_repost, _REPOSTS)


@require_POST
def bookmark(request: HttpRequest, pk: int) -> HttpResponse:
    """Bookmark a post."""
    return _react(request, pk, bookmark_post)


@require_POST
def unbookmark(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete the bookmark of a post."""
    return _react(request, pk, unbookmark_post)


def _react(request: HttpRequest, pk: int, change: Callable[..., Any], counter: str = "") -> HttpResponse:
    """
    Change a reaction; return to the post on the page that it was on.

    htmx gets the new number, rendered by the template of the counter; nothing takes its place if that is 0.
    """
    if not ratelimit.consume(request, action="react", user=request.user):
        return _refuse(request, TOO_MANY["react"], HTTPStatus.TOO_MANY_REQUESTS)
    try:
        count = change(Post(pk=pk), actor=request.user)
    except DomainError as error:
        return _refuse(request, error.message, HTTPStatus.NOT_FOUND)
    if not request.htmx:
        page = find_referring_page(request) or cached_reverse("posts:post", pk)
        return redirect(f"{page}#post{pk}")
    if count is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if not count:
        return HttpResponse()
    return render(request, f"posts/_{counter}.html", {"url": cached_reverse("posts:post", pk), counter: count})


def _refuse(request: HttpRequest, reason: str | Promise, status: HTTPStatus) -> HttpResponse:
    if request.htmx:
        return HttpResponse(reason, status=status, content_type="text/plain; charset=utf-8")
    messages.error(request, reason)
    return redirect(find_referring_page(request) or "posts:home")


@require_safe
def likers(request: HttpRequest, pk: int) -> HttpResponse:
    """List the people that like a post."""
    return _list_people(request, pk, likers_of, "like_id", "posts/likers.html")


@require_safe
def reposters(request: HttpRequest, pk: int) -> HttpResponse:
    """List the people that repost a post."""
    return _list_people(request, pk, reposters_of, "repost_id", "posts/reposters.html")


def _list_people(
    request: HttpRequest, pk: int, people_of: Callable[[Post, User], UserQuerySet], key: str, template: str
) -> HttpResponse:
    post = get_object_or_404(Post.objects.visible_to(request.user).for_timeline(), pk=pk)
    page = _paginate(request, people_of(post, request.user).with_is_followed(request.user), key)
    return render(request, template, {"post": post, "page": page})


@require_safe
def likes(request: HttpRequest) -> HttpResponse:
    """List the posts that the user likes."""
    return _list_posts(request, liked_posts(request.user), "posts/likes.html")


@require_safe
def bookmarks(request: HttpRequest) -> HttpResponse:
    """List the posts that the user has bookmarked."""
    return _list_posts(request, bookmarked_posts(request.user), "posts/bookmarks.html")


def _list_posts(request: HttpRequest, posts: PostQuerySet, template: str) -> HttpResponse:
    page = _paginate(request, posts, "reaction_id")
    prepare_posts(page.items, reader=request.user)
    return render(request, template, {"page": page})


def _paginate(request: HttpRequest, rows: Any, key: str) -> KeysetPage:
    return paginate(
        request, lambda cursor: cursor.window(rows, key=key), size=settings.POSTS_PER_PAGE, key=attrgetter(key)
    )
