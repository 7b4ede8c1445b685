"""Pages of one post."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from microblog.core.drafts import take_draft
from microblog.core.limits import within_limit
from posts.forms import EditPostForm, LanguageField, LanguageForm
from posts.models import Post
from posts.services import correct_language, delete_post, edit_post


def _get_own_post(request: HttpRequest, pk: int) -> Post:
    return get_object_or_404(Post.objects.visible_to(request.user).by(request.user).for_timeline(), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit the user's own post."""
    found = _get_own_post(request, pk)
    initial = {"body": found.body, "language": LanguageField.get_initial_for(found)} | take_draft(request)
    form = EditPostForm(request.POST or None, initial=initial)
    if form.is_valid() and within_limit(request, form, "edit", "body"):
        edit_post(found, body=form.cleaned_data["body"], language=form.cleaned_data["language"])
        messages.success(request, _("Your changes have been saved."))
        return redirect(found)
    context = {"form": form, "post": found, "max_length": settings.POST_MAX_LENGTH}
    return render(request, "posts/edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete the user's own post after a confirmation."""
    found = _get_own_post(request, pk)
    if request.method == "POST":
        delete_post(found)
        messages.success(request, _("Your post was deleted."))
        return redirect(request.user)
    return render(request, "posts/delete.html", {"post": found})


@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the language of a post, for its author and for staff."""
    found = get_object_or_404(Post.objects.visible_to(request.user).select_related("author"), pk=pk)
    if not found.language_can_be_corrected_by(request.user):
        raise Http404
    form = LanguageForm(request.POST or None, initial={"language": LanguageField.get_initial_for(found)})
    if form.is_valid() and within_limit(request, form, "edit"):
        correct_language(found, language=form.cleaned_data["language"], actor=request.user)
        messages.success(request, _("Your changes have been saved."))
        return redirect(found)
    return render(request, "posts/language.html", {"post": found, "form": form})
