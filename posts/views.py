"""Pages whose body is a timeline, and those of one post."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.validators import fold_username
from microblog.core.pagination import Cursor, KeysetPage, paginate, parse_id
from posts.forms import PostForm
from posts.models import Post
from posts.services import delete_post, edit_post, publish_post

SUGGESTIONS = 3
# What the bar over the home timeline counts to.
NEW_POSTS_COUNTED = 20


def _home_page(request: HttpRequest) -> KeysetPage:
    return paginate(
        request,
        lambda cursor: Post.objects.home_of(request.user, cursor),
        size=settings.POSTS_PER_PAGE,
    )


def _suggestions(request: HttpRequest) -> list[User]:
    return list(User.objects.visible_to(request.user).suggested_to(request.user)[:SUGGESTIONS])


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the home timeline under the form that writes a post."""
    form = PostForm(request.POST or None, initial={"body": request.session.get("unsent_text", "")})
    if form.is_valid():
        publish_post(
            request.user,
            body=form.cleaned_data["body"],
            submission_key=form.cleaned_data["submission_key"],
        )
        request.session.pop("unsent_text", None)
        messages.success(request, _("Your post is now live!"))
        return redirect("posts:home")
    page = _home_page(request)
    context = {
        "form": form,
        "page": page,
        "suggestions": _suggestions(request),
        "max_length": settings.POST_MAX_LENGTH,
        "newest_id": page.items[0].pk if page.items else 0,
    }
    return render(request, "posts/home.html", context)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Lead from the former address of the home page to today's."""
    return redirect("posts:home", permanent=True)


@require_safe
def new_posts(request: HttpRequest) -> HttpResponse:
    """Say how many posts stand above the id `after` in the home timeline; 204 when there are none."""
    after = parse_id(request.GET, "after")
    if after is None:
        return HttpResponse(status=204)
    count = len(Post.objects.home_of(request.user, Cursor(NEW_POSTS_COUNTED, after=after)))
    if not count:
        return HttpResponse(status=204)
    return render(request, "posts/_new_posts.html", {"count": count, "more": count == NEW_POSTS_COUNTED})


@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    """Show everybody's posts."""
    posts = Post.objects.visible_to(request.user).for_timeline()
    page = paginate(request, lambda cursor: cursor.window(posts), size=settings.POSTS_PER_PAGE)
    return render(request, "posts/explore.html", {"page": page, "suggestions": _suggestions(request)})


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    """Show a person and their posts; a former name leads to today's."""
    people = User.objects.visible_to(request.user).with_is_followed(request.user)
    person = get_object_or_404(people.by_username(username))
    if fold_username(person.username) != fold_username(username):
        return redirect(person, permanent=True)
    posts = Post.objects.visible_to(request.user).by(person).for_timeline()
    page = paginate(request, lambda cursor: cursor.window(posts), size=settings.POSTS_PER_PAGE)
    return render(request, "posts/profile.html", {"person": person, "page": page})


@require_safe
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one post."""
    found = get_object_or_404(Post.objects.visible_to(request.user).for_timeline(), pk=pk)
    return render(request, "posts/post.html", {"post": found})


def _get_own_post(request: HttpRequest, pk: int) -> Post:
    return get_object_or_404(Post.objects.visible_to(request.user).by(request.user).for_timeline(), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit a post of one's own."""
    found = _get_own_post(request, pk)
    form = PostForm(request.POST or None, initial={"body": found.body})
    if form.is_valid():
        edit_post(found, body=form.cleaned_data["body"])
        messages.success(request, _("Your changes have been saved."))
        return redirect(found)
    context = {"form": form, "post": found, "max_length": settings.POST_MAX_LENGTH}
    return render(request, "posts/edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to delete a post of one's own, then delete it."""
    found = _get_own_post(request, pk)
    if request.method == "POST":
        delete_post(found)
        messages.success(request, _("Your post was deleted."))
        return redirect(reverse("posts:profile", args=[request.user.username]))
    return render(request, "posts/delete.html", {"post": found})
