"""Pages of entries and snippets. The URLconf passes the kind."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.validators import fold_username
from blog.caching import cached_for_visitors
from blog.exceptions import Outdated
from blog.forms import PreviewForm, PublicationForm
from blog.kinds import Kind
from blog.models import Entry, Publication, Tag
from blog.querysets import PublicationQuerySet
from blog.rendering import TooComplex
from blog.services import create_publication, delete_publication, edit_publication, render_publication
from microblog.core.drafts import take_draft
from microblog.core.exceptions import DomainError
from microblog.core.limits import within_limit
from microblog.core.pagination import KeysetPage, paginate
from microblog.core.performance.urls import cached_reverse
from microblog.core.site_urls import absolute_url


@require_safe
@login_not_required
@cached_for_visitors
def index(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Show what all users published."""
    rows = kind.model.objects.visible_to(request.user).unmuted_by(request.user)
    return _show_list(request, kind, _read_page(request, rows), canonical=_absolute(kind, "list"))


@require_safe
@login_not_required
@cached_for_visitors
def by_author(request: HttpRequest, kind: Kind, username: str) -> HttpResponse:
    """Show what one user published. A former username redirects."""
    person = get_object_or_404(User.objects.visible_to(request.user).by_username(username))
    if fold_username(person.username) != fold_username(username):
        return redirect(f"{kind.namespace}:author", person.username, permanent=True)
    page = _read_page(request, kind.model.objects.visible_to(request.user).by(person))
    canonical = _absolute(kind, "author", person.username)
    return _show_list(request, kind, page, person=person, canonical=canonical)


@require_safe
@login_not_required
@cached_for_visitors
def tagged(request: HttpRequest, kind: Kind, slug: str) -> HttpResponse:
    """Show the entries with a tag. A tag that has none visible to the viewer is not found."""
    tag = get_object_or_404(Tag, slug=slug)
    page = _read_page(request, Entry.objects.visible_to(request.user).unmuted_by(request.user).tagged(tag))
    if page.is_empty_list:
        raise Http404
    return _show_list(request, kind, page, tag=tag.slug, canonical=_absolute(kind, "tag", slug))


@require_safe
def drafts(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Show the user's own drafts."""
    rows = kind.model.objects.by(request.user).drafts().for_list()
    page = paginate(request, lambda cursor: cursor.window(rows), size=settings.POSTS_PER_PAGE)
    return _show_list(request, kind, page, is_drafts=True)


def _read_page(request: HttpRequest, rows: PublicationQuerySet[Any]) -> KeysetPage:
    return paginate(
        request, rows.published().for_list().window, size=settings.POSTS_PER_PAGE, key=lambda row: row.position
    )


def _show_list(request: HttpRequest, kind: Kind, page: KeysetPage, **context: Any) -> HttpResponse:
    return render(request, "blog/list.html", {"kind": kind, "page": page, **context})


def _absolute(kind: Kind, page: str, *args: str) -> str:
    return absolute_url(f"{kind.namespace}:{page}", *args)


@require_safe
@login_not_required
@cached_for_visitors
def detail(request: HttpRequest, kind: Kind, slug: str) -> HttpResponse:
    """Show an entry or a snippet."""
    found = get_object_or_404(kind.model.objects.visible_to(request.user).for_detail(), slug=slug)
    context = {"kind": kind, "publication": found, "canonical": _absolute(kind, "detail", found.slug)}
    return render(request, f"blog/{found._meta.model_name}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Write an entry or a snippet."""
    form = kind.form(request.POST or None, initial=take_draft(request))
    if form.is_valid() and within_limit(request, form, "write_blog"):
        data = form.cleaned_data
        try:
            written = create_publication(
                kind.model(author=request.user, **form.changes),
                tags=data.get("tags", ()),
                announce=data["announce"],
                submission_key=data["submission_key"],
            )
        except DomainError as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, kind.created)
            return redirect(written)
    return _show_form(request, kind, form, title=kind.create, cancel_url=_path(kind, "list"))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, kind: Kind, slug: str) -> HttpResponse:
    """Edit the user's own entry or snippet. If it has changed since the form was opened, show both texts."""
    found = _get_own(request, kind, slug)
    cancel_url = found.get_absolute_url()
    initial = kind.form.describe(found) | take_draft(request)
    form = kind.form(request.POST or None, initial=initial, is_announced=found.announced_at is not None)
    other = None
    if form.is_valid() and within_limit(request, form, "edit_blog"):
        data = form.cleaned_data
        try:
            edit_publication(
                found,
                version=data["version"],
                tags=data.get("tags"),
                announce=data.get("announce", False),
                **form.changes,
            )
        except Outdated as error:
            other = _get_own(request, kind, slug)
            form.add_error(None, error.message)
            form.data = form.data.copy()
            form.data["version"] = other.version
        except DomainError as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("Your changes have been saved."))
            return redirect(found)
    return _show_form(request, kind, form, title=kind.edit, cancel_url=cancel_url, other=other)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Show an entry as its page will: a fragment for htmx. Nothing is saved."""
    form = PreviewForm(request.POST)
    publication = None
    if form.is_valid() and within_limit(request, form, "edit_blog"):
        publication = Entry(**form.cleaned_data)
        try:
            render_publication(publication)
        except TooComplex as error:
            publication = None
            form.add_error(error.field, error.message)
    return render(request, "blog/_preview.html", {"form": form, "publication": publication})


def _show_form(request: HttpRequest, kind: Kind, form: PublicationForm, **context: Any) -> HttpResponse:
    return render(request, "blog/form.html", {"kind": kind, "form": form, **context})


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, kind: Kind, slug: str) -> HttpResponse:
    """Delete the user's own entry or snippet after a confirmation."""
    found = _get_own(request, kind, slug)
    if request.method == "POST":
        delete_publication(found)
        messages.success(request, kind.deleted)
        return redirect(f"{kind.namespace}:author", request.user.username)
    return render(request, "blog/delete.html", {"kind": kind, "publication": found})


def _get_own(request: HttpRequest, kind: Kind, slug: str) -> Publication:
    return get_object_or_404(kind.model.objects.by(request.user).for_detail(), slug=slug)


def _path(kind: Kind, page: str) -> str:
    return cached_reverse(f"{kind.namespace}:{page}")
