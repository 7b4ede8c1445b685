"""The page of a post, with the thread around it."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from microblog.core.drafts import take_draft
from microblog.core.limits import within_limit
from microblog.core.pagination import LARGEST_ID
from posts.forms import PostForm
from posts.languages import language_name
from posts.mentions import find_post_mentioning
from posts.models import Post
from posts.reading import prepare_posts
from posts.services import publish_post
from posts.threads.exceptions import CannotReply
from posts.threads.reading import ANCESTORS, Place, find_places, find_replies


@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """
    Show a post, the posts above it and its replies, and publish a reply.

    Of a deleted post, or one that its reader may not see, only the replies are shown, if there are any. A post that
    mentions its reader is shown, to be reported, even if one blocks the other.
    """
    if pk > LARGEST_ID:
        raise Http404
    place, *above = find_places(pk, reader=request.user)
    if place.post is None and request.method != "POST" and (mentioning := find_post_mentioning(request.user, pk)):
        return _show_mentioning_post(request, mentioning)
    form = PostForm(request.POST or None, initial=take_draft(request))
    if form.is_valid() and within_limit(request, form, "publish_post", "body"):
        try:
            return _reply(request, place, form)
        except CannotReply as error:
            form.add_error("body", error.message)
    return _show_thread(request, place, above, form)


def _reply(request: HttpRequest, place: Place, form: PostForm) -> HttpResponse:
    """Publish a reply and redirect to the page of the thread that it is on."""
    reply = publish_post(
        request.user,
        body=form.cleaned_data["body"],
        submission_key=form.cleaned_data["submission_key"],
        reply_to=place.pk,
    )
    messages.success(request, _("Your post is now live!"))
    continues = place.post is not None and place.post.author_id == reply.author_id
    page = "" if continues else f"?before={reply.pk + 1}"
    return redirect(f"{request.path}{page}#post{reply.pk}")


def _show_thread(request: HttpRequest, place: Place, above: list[Place], form: PostForm) -> HttpResponse:
    replies = find_replies(place, request)
    if place.post is None and replies.is_empty_list:
        if not form.is_bound:
            raise Http404
        # Whether a post was deleted is known only to those who see replies to it.
        place = place._replace(is_deleted=False)
    prepare_posts(
        [*replies.items, *(one.post for one in [place, *above] if one.post is not None)], reader=request.user
    )
    context = {
        "place": place,
        "post": place.post,
        "ancestors": above[:ANCESTORS][::-1],
        "further_up": above[ANCESTORS].pk if len(above) > ANCESTORS else None,
        "page": replies,
        "form": form,
        "draft": f"{request.user.pk}-{place.pk}",
        "max_length": settings.POST_MAX_LENGTH,
    }
    if place.post is None:
        status = HTTPStatus.GONE if place.is_deleted else HTTPStatus.NOT_FOUND
        return render(request, "posts/post.html", context, status=status)
    context["can_correct"] = place.post.language_can_be_corrected_by(request.user)
    context["language_name"] = language_name(place.post.language)
    return render(request, "posts/post.html", context)


def _show_mentioning_post(request: HttpRequest, found: Post) -> HttpResponse:
    is_muted = request.user.mutes_made.filter(muted=found.author).exists()
    return render(request, "posts/mentioning_post.html", {"post": found, "is_muted": is_muted})
