"""Translations of posts."""

from __future__ import annotations

import re

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from microblog.core.pagination import parse_id
from posts.languages import language_name
from posts.models import Post
from posts.reading import prepare_posts
from posts.translation.exceptions import TranslationFailed
from posts.translation.services import translate as translate_text

LANGUAGE_CODE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})?")


@require_safe
@vary_on_headers("HX-Request")
def translation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a post translated to the language of the page: a fragment for htmx, otherwise a page."""
    found = get_object_or_404(Post.objects.visible_to(request.user).select_related("author"), pk=pk)
    if not found.language:
        raise Http404
    prepare_posts([found], reader=request.user)
    context = {"post": found, "source": language_name(found.language), "dest": language_name(get_language())}
    try:
        context["text"] = _translate(request, found.body, found.language, get_language())
    except TranslationFailed as failure:
        context["error"] = failure.message
    if not request.htmx:
        prepare_posts([found], reader=request.user)
    return render(request, "posts/_translation.html" if request.htmx else "posts/translation.html", context)


@require_POST
@login_not_required
def translate(request: HttpRequest) -> JsonResponse:
    """
    Translate `text` from `source_language` to `dest_language`, or the post with the id `post`.

    Return {"text": ...}. As clients expect, an error is the text too, in the language of the page; the header
    Translation-Failed marks it. A request without a session gets it with 401, since a script has no use for a redirect
    to sign in.
    """
    if not request.user.is_authenticated:
        text = _("Please log in to access this page.")
        return JsonResponse({"text": text}, status=401, headers={"Translation-Failed": "1"})
    found = parse_id(request.POST, "post")
    try:
        if found is None:
            arguments = [request.POST.get(name, "") for name in ("text", "source_language", "dest_language")]
        else:
            post = Post.objects.visible_to(request.user).filter(pk=found).first()
            arguments = [post.body, post.language, request.POST.get("dest_language") or get_language()] if post else []
        return JsonResponse({"text": _translate(request, *arguments)})
    except TranslationFailed as failure:
        return JsonResponse({"text": str(failure.message)}, headers={"Translation-Failed": "1"})


def _translate(request: HttpRequest, text: str = "", source: str = "", dest: str = "") -> str:
    """Return a translation for the reader; raise TranslationFailed beyond the rate limit or without a text."""
    if not text.strip() or not all(LANGUAGE_CODE.fullmatch(code) for code in (source, dest)):
        raise TranslationFailed(_("Error: there is nothing to translate."))
    if not ratelimit.consume(request, action="translate", user=request.user):
        raise TranslationFailed(
            _("Error: you have requested too many translations. Please try again in a few minutes.")
        )
    return translate_text(text, source, dest)
