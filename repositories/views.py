"""Pages of repositories, and watches."""

from __future__ import annotations

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from microblog.core.bidi import isolated
from microblog.core.limits import TOO_MANY
from microblog.core.pagination import paginate
from microblog.core.sign_in import redirect_page
from repositories.forms import FilterForm
from repositories.models import Issue, Repository
from repositories.querysets import RepositoryQuerySet
from repositories.services import request_fetch
from repositories.watching import unwatch_repository, watch_repository


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List all repositories."""
    return _list_repositories(request, Repository.objects.all(), is_watched=False)


@require_safe
def watched(request: HttpRequest) -> HttpResponse:
    """List the repositories that the user watches."""
    return _list_repositories(request, Repository.objects.watched_by(request.user), is_watched=True)


def _list_repositories(request: HttpRequest, rows: RepositoryQuerySet, *, is_watched: bool) -> HttpResponse:
    rows = rows.with_is_watched(request.user)
    page = paginate(request, lambda cursor: cursor.window(rows), size=settings.POSTS_PER_PAGE)
    return render(request, "repositories/list.html", {"page": page, "is_watched": is_watched})


@require_safe
def by_id(request: HttpRequest, pk: int) -> HttpResponse:
    """Redirect to the page of a repository, which has its current name."""
    return redirect(get_object_or_404(Repository, pk=pk))


@require_safe
def repository(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Show a repository and its issues. Another spelling redirects to GitHub's."""
    found = _get_repository(request, owner, name)
    if (found.owner, found.name) != (owner, name):
        query = request.GET.urlencode()
        return redirect(found.get_absolute_url() + (f"?{query}" if query else ""))
    form = FilterForm(request.GET)
    issues = form.narrow(Issue.objects.of(found)).for_list()
    page = paginate(
        request,
        issues.window,
        size=settings.POSTS_PER_PAGE,
        key=lambda issue: issue.number,
        query={"state": form.state, **form.query},
    )
    return render(request, "repositories/repository.html", {"repository": found, "form": form, "page": page})


def _get_repository(request: HttpRequest, owner: str, name: str) -> Repository:
    if "\0" in owner + name:
        raise Http404  # PostgreSQL refuses to compare it
    return get_object_or_404(Repository.objects.with_is_watched(request.user).named(owner, name))


@require_POST
def watch(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Watch a repository."""
    return _change_watch(request, owner, name, watch=True)


@require_POST
def unwatch(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Stop watching a repository."""
    return _change_watch(request, owner, name, watch=False)


def _change_watch(request: HttpRequest, owner: str, name: str, *, watch: bool) -> HttpResponse:
    found = _get_repository(request, owner, name)
    if not ratelimit.consume(request, action="edit", user=request.user):
        messages.error(request, TOO_MANY["edit"])
        return redirect_page(request, redirect(found))
    change = watch_repository if watch else unwatch_repository
    change(found, actor=request.user)
    if request.htmx:
        found.is_watched = watch
        return render(request, "repositories/_watch.html", {"repository": found})
    text = _("You watch %(repository)s.") if watch else _("You no longer watch %(repository)s.")
    messages.success(request, text % isolated(repository=found.full_name))
    return redirect(found)


@require_POST
def fetch(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Fetch the issues of a repository now, for staff. While a fetch is waiting, this adds none."""
    if not request.user.is_staff:
        raise PermissionDenied
    found = _get_repository(request, owner, name)
    request_fetch(found)
    messages.success(
        request, _("The issues of %(repository)s are being fetched.") % isolated(repository=found.full_name)
    )
    return redirect(found)
