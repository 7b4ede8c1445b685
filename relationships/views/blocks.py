"""Views that block and mute people."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.querysets import UserQuerySet
from microblog.core.bidi import isolated
from microblog.core.exceptions import DomainError
from microblog.core.pagination import paginate
from microblog.core.sign_in import redirect_page
from relationships.services import block_user, mute_user, unblock_user, unmute_user


def _get_person(request: HttpRequest, username: str) -> User:
    return get_object_or_404(User.objects.actionable_by(request.user).by_username(username))


@require_http_methods(["GET", "HEAD", "POST"])
def block(request: HttpRequest, username: str) -> HttpResponse:
    """Ask for confirmation, and block a person."""
    person = _get_person(request, username)
    if request.method != "POST" and person != request.user:
        return render(request, "relationships/block.html", {"person": person})
    try:
        block_user(person, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(person)
    messages.success(request, _("You have blocked %(username)s.") % isolated(username=person.username))
    return redirect("relationships:blocked")


@require_POST
def unblock(request: HttpRequest, username: str) -> HttpResponse:
    """Unblock a person."""
    person = _get_person(request, username)
    unblock_user(person, actor=request.user)
    messages.success(request, _("You no longer block %(username)s.") % isolated(username=person.username))
    return redirect("relationships:blocked")


@require_POST
def mute(request: HttpRequest, username: str) -> HttpResponse:
    """Mute a person."""
    return _change_mute(request, username, mute=True)


@require_POST
def unmute(request: HttpRequest, username: str) -> HttpResponse:
    """Unmute a person."""
    return _change_mute(request, username, mute=False)


def _change_mute(request: HttpRequest, username: str, *, mute: bool) -> HttpResponse:
    person = _get_person(request, username)
    change = mute_user if mute else unmute_user
    try:
        change(person, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect_page(request, redirect(person))
    if request.htmx:
        return render(request, "relationships/_mute.html", {"username": person.username, "is_muted": mute})
    text = _("You have muted %(username)s.") if mute else _("You no longer mute %(username)s.")
    messages.success(request, text % isolated(username=person.username))
    return redirect("relationships:muted" if person.is_blocked_either_way else person)


@require_safe
def blocked(request: HttpRequest) -> HttpResponse:
    """List blocked people."""
    return _list_people(request, User.objects.blocked_by(request.user), is_muted=False)


@require_safe
def muted(request: HttpRequest) -> HttpResponse:
    """List muted people."""
    return _list_people(request, User.objects.muted_by(request.user), is_muted=True)


def _list_people(request: HttpRequest, people: UserQuerySet, *, is_muted: bool) -> HttpResponse:
    page = paginate(request, lambda cursor: cursor.window(people), size=settings.POSTS_PER_PAGE)
    return render(request, "relationships/blocks.html", {"page": page, "muted": is_muted})
