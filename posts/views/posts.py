"""Pages whose body is a timeline, and those of one post."""

from __future__ import annotations

import re

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.querysets import people_unmuted_by
from accounts.validators import fold_username
from accounts.views.people import find_person, unseen
from microblog.core.compiled import compiled
from microblog.core.drafts import take_draft
from microblog.core.limits import within_limit
from microblog.core.pagination import Cursor, paginate, parse_id
from posts import timelines
from posts.forms import EditPostForm, LanguageField, LanguageForm, PostForm
from posts.languages import language_name
from posts.models import Post
from posts.services import correct_language, delete_post, edit_post, find_post_to, publish_post
from posts.translation import TranslationFailed
from posts.translation import translate as translate_text

SUGGESTIONS = 3
# From how many people, kept for so many seconds, these are taken.
CANDIDATES, CANDIDATES_KEPT = 20, 10 * 60
# What the bar over the home timeline counts to.
NEW_POSTS_COUNTED = 20
LANGUAGE_CODE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})?")


def _suggestions(request: HttpRequest) -> list[User]:
    """Choose whom to show as worth following; who is a candidate is decided again after some minutes."""
    viewer = request.user
    candidates = cache.get_or_set(
        f"suggestions:{viewer.pk}",
        lambda: list(User.objects.visible_to(viewer).suggested_to(viewer).values_list("pk", flat=True)[:CANDIDATES]),
        CANDIDATES_KEPT,
    )
    return _chosen(viewer, candidates)


@compiled
def _chosen(viewer: User, candidates: list[int]) -> QuerySet[User]:
    people = User.objects.visible_to(viewer).filter(people_unmuted_by(viewer)).with_is_followed(viewer)
    return people.filter(pk__in=candidates, is_followed=False).order_by("-follower_count", "-pk")[:SUGGESTIONS]


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the home timeline under the form that writes a post."""
    form = PostForm(request.POST or None, initial=take_draft(request))
    if form.is_valid() and within_limit(request, form, "publish_post", "body"):
        publish_post(
            request.user,
            body=form.cleaned_data["body"],
            submission_key=form.cleaned_data["submission_key"],
        )
        messages.success(request, _("Your post is now live!"))
        return redirect("posts:home")
    page = paginate(request, lambda cursor: timelines.home(request.user, cursor), size=settings.POSTS_PER_PAGE)
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
    count = len(timelines.home(request.user, Cursor(NEW_POSTS_COUNTED, after=after)))
    if not count:
        return HttpResponse(status=204)
    return render(request, "posts/_new_posts.html", {"count": count, "more": count == NEW_POSTS_COUNTED})


@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    """Show everybody's posts."""
    page = paginate(request, lambda cursor: timelines.everybody(request.user, cursor), size=settings.POSTS_PER_PAGE)
    return render(request, "posts/explore.html", {"page": page, "suggestions": _suggestions(request)})


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    """Show a person and their posts; a former name leads to today's."""
    person = find_person(request.user, username)
    if person is None:
        return unseen(request, username)
    if fold_username(person.username) != fold_username(username):
        return redirect(person, permanent=True)
    page = paginate(
        request, lambda cursor: timelines.of_author(request.user, person.pk, cursor), size=settings.POSTS_PER_PAGE
    )
    return render(request, "posts/profile.html", {"person": person, "page": page})


@require_safe
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one post; what mentions its reader can be reported also where a block keeps its author apart."""
    found = Post.objects.visible_to(request.user).for_timeline().filter(pk=pk).first()
    if found is None:
        return _post_to_reader(request, pk)
    context = {
        "post": found,
        "may_correct": _may_correct_language(request, found),
        "language_name": language_name(found.language),
    }
    return render(request, "posts/post.html", context)


def _post_to_reader(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_post_to(request.user, pk)
    if found is None:
        raise Http404
    is_muted = request.user.mutes_made.filter(muted=found.author).exists()
    return render(request, "posts/post_to_reader.html", {"post": found, "is_muted": is_muted})


def _get_own_post(request: HttpRequest, pk: int) -> Post:
    return get_object_or_404(Post.objects.visible_to(request.user).by(request.user).for_timeline(), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit a post of one's own."""
    found = _get_own_post(request, pk)
    initial = {"body": found.body, "language": LanguageField.initial_of(found)} | take_draft(request)
    form = EditPostForm(request.POST or None, initial=initial)
    if form.is_valid() and within_limit(request, form, "edit", "body"):
        edit_post(found, body=form.cleaned_data["body"], language=form.cleaned_data["language"])
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
        return redirect(request.user)
    return render(request, "posts/delete.html", {"post": found})


def _may_correct_language(request: HttpRequest, found: Post) -> bool:
    return request.user.is_staff or found.author_id == request.user.pk


@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest, pk: int) -> HttpResponse:
    """Label a post with its language, for its author and for staff."""
    found = get_object_or_404(Post.objects.visible_to(request.user).select_related("author"), pk=pk)
    if not _may_correct_language(request, found):
        raise Http404
    form = LanguageForm(request.POST or None, initial={"language": LanguageField.initial_of(found)})
    if form.is_valid() and within_limit(request, form, "edit"):
        correct_language(found, language=form.cleaned_data["language"], actor=request.user)
        messages.success(request, _("Your changes have been saved."))
        return redirect(found)
    return render(request, "posts/language.html", {"post": found, "form": form})


@require_safe
@vary_on_headers("HX-Request")
def translation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a post in the language of the page: in its place by htmx, else as a page of its own."""
    found = get_object_or_404(Post.objects.visible_to(request.user).select_related("author"), pk=pk)
    if not found.language:
        raise Http404
    context = {"post": found, "source": language_name(found.language), "dest": language_name(get_language())}
    try:
        context["text"] = _translate(request, found.body, found.language, get_language())
    except TranslationFailed as failure:
        context["error"] = failure.message
    return render(request, "posts/_translation.html" if request.htmx else "posts/translation.html", context)


@require_POST
@login_not_required
def translate(request: HttpRequest) -> JsonResponse:
    """
    Translate `text` from `source_language` to `dest_language`, or the post with the id `post`.

    Answer {"text": ...}. What went wrong is the text too, in the language of the page, as clients expect; the header
    Translation-Failed tells it from a translation. Whoever is not signed in gets the same with 401, since a script
    that asks has no use for the page to sign in.
    """
    if not request.user.is_authenticated:
        text = _("Please log in to access this page.")
        return JsonResponse({"text": text}, status=401, headers={"Translation-Failed": "1"})
    found = parse_id(request.POST, "post")
    try:
        if found is None:
            asked = [request.POST.get(name, "") for name in ("text", "source_language", "dest_language")]
        else:
            post = Post.objects.visible_to(request.user).filter(pk=found).first()
            asked = [post.body, post.language, request.POST.get("dest_language") or get_language()] if post else []
        return JsonResponse({"text": _translate(request, *asked)})
    except TranslationFailed as failure:
        return JsonResponse({"text": str(failure.message)}, headers={"Translation-Failed": "1"})


def _translate(request: HttpRequest, text: str = "", source: str = "", dest: str = "") -> str:
    """Translate for the reader, who may ask so often only."""
    if not text.strip() or not all(LANGUAGE_CODE.fullmatch(code) for code in (source, dest)):
        raise TranslationFailed(_("Error: there is nothing to translate."))
    if not ratelimit.consume(request, action="translate", user=request.user):
        raise TranslationFailed(_("Error: you have asked for many translations. Please try again in some minutes."))
    return translate_text(text, source, dest)
