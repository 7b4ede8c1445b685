"""Pages with a timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.validators import fold_username
from microblog.core.drafts import take_draft
from microblog.core.limits import within_limit
from microblog.core.pagination import Cursor, KeysetPage, paginate, parse_id
from microblog.core.performance.urls import cached_reverse
from posts.forms import PostForm
from posts.models import Post
from posts.reading import posts_of, prepare_posts
from posts.services import publish_post
from relationships.lookup import find_visible_user
from relationships.suggestions import suggest_users

# Most new posts that the bar above the home timeline counts.
MAX_NEW_POSTS = 20


def _paginate_posts(request: HttpRequest, fetch: Callable[[Cursor], list[Post]]) -> KeysetPage:
    page = paginate(request, fetch, size=settings.POSTS_PER_PAGE)
    page = replace(page, items=posts_of(page.items))
    prepare_posts(page.items, reader=request.user)
    return page


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the form for a new post and the home timeline."""
    form = PostForm(request.POST or None, initial=take_draft(request))
    if form.is_valid() and within_limit(request, form, "publish_post", "body"):
        publish_post(
            request.user,
            body=form.cleaned_data["body"],
            submission_key=form.cleaned_data["submission_key"],
        )
        messages.success(request, _("Your post is now live!"))
        return redirect("posts:home")
    page = _paginate_posts(request, partial(Post.objects.home_timeline, request.user))
    newest = page.items[0] if page.items else None
    newest_id = (newest.repost or newest).pk if newest else 0
    context = {
        "form": form,
        "page": page,
        "suggestions": suggest_users(request.user),
        "max_length": settings.POST_MAX_LENGTH,
        "new_posts_url": f"{cached_reverse('posts:new_posts')}?after={newest_id}",
    }
    return render(request, "posts/home.html", context)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Redirect from the former URL of the home page."""
    return redirect("posts:home", permanent=True)


@require_safe
def new_posts(request: HttpRequest) -> HttpResponse:
    """Show how many posts of the home timeline are newer than the id `after`; 204 if there are none."""
    after = parse_id(request.GET, "after")
    if after is None:
        return HttpResponse(status=204)
    count = len(Post.objects.home_timeline(request.user, Cursor(MAX_NEW_POSTS, after=after)))
    if not count:
        return HttpResponse(status=204)
    return render(request, "posts/_new_posts.html", {"count": count, "more": count == MAX_NEW_POSTS})


@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    """Show the posts of all users."""
    page = _paginate_posts(request, partial(Post.objects.explore_timeline, request.user))
    return render(request, "posts/explore.html", {"page": page, "suggestions": suggest_users(request.user)})


@require_safe
def profile(request: HttpRequest, username: str, *, replies: bool = False) -> HttpResponse:
    """
    Show a user and their posts, with or without replies to others.

    A former username redirects; a user that the viewer blocks is 404.
    """
    person = find_visible_user(request.user, username)
    if person is None:
        person = get_object_or_404(User.objects.blocked_by(request.user).by_username(username))
        return render(request, "posts/blocked_profile.html", {"person": person}, status=404)
    if fold_username(person.username) != fold_username(username):
        return redirect(request.resolver_match.view_name, person.username, permanent=True)
    timeline = Post.objects.profile_timeline if replies else Post.objects.own_timeline
    page = _paginate_posts(request, partial(timeline, request.user, person.pk))
    return render(request, "posts/profile.html", {"person": person, "page": page, "replies": replies})
