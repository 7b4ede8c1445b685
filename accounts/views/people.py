"""Pages about people."""

from __future__ import annotations

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.avatars import identicon
from accounts.models import User
from accounts.services import follow_user, unfollow_user
from accounts.validators import fold_username
from microblog.core.bidi import isolated
from microblog.core.compiled import compiled
from microblog.core.exceptions import DomainError
from microblog.core.limits import TOO_MANY
from microblog.core.pagination import paginate


def _get_person(request: HttpRequest, username: str) -> User:
    people = User.objects.visible_to(request.user).with_is_followed(request.user)
    return get_object_or_404(people.by_username(username))


def _list_people(request: HttpRequest, username: str, *, following: bool) -> HttpResponse:
    person = _get_person(request, username)
    people = User.objects.visible_to(request.user).with_is_followed(request.user)
    people = people.followed_by(person) if following else people.followers_of(person)
    page = paginate(request, lambda cursor: cursor.window(people), size=settings.POSTS_PER_PAGE)
    context = {"person": person, "page": page, "following": following}
    return render(request, "accounts/people.html", context)


@require_safe
def followers(request: HttpRequest, username: str) -> HttpResponse:
    """List who follows a person."""
    return _list_people(request, username, following=False)


@require_safe
def following(request: HttpRequest, username: str) -> HttpResponse:
    """List whom a person follows."""
    return _list_people(request, username, following=True)


@require_safe
def popup(request: HttpRequest, username: str) -> HttpResponse:
    """Show a person in brief, as a fragment for the popover on their name."""
    person = find_person(request.user, username)
    if person is None:
        raise Http404
    return render(request, "accounts/popup.html", {"person": person})


def find_person(viewer: User, username: str) -> User | None:
    """Return who holds a name, if the viewer may see them, with whether the viewer follows and mutes them."""
    if "\0" in username:
        return None  # PostgreSQL refuses to compare it
    return next(iter(_holders_of(viewer, fold_username(username))), None)


@compiled
def _holders_of(viewer: User, key: str) -> QuerySet[User]:
    return User.objects.visible_to(viewer).with_is_followed(viewer).with_is_muted(viewer).by_username(key)


def unseen(request: HttpRequest, username: str) -> HttpResponse:
    """Answer for somebody whom the viewer may not see: nobody is there, unless the viewer keeps them away."""
    person = get_object_or_404(User.objects.blocked_by(request.user).by_username(username))
    return render(request, "accounts/unseen.html", {"person": person}, status=404)


@require_POST
def follow(request: HttpRequest, username: str) -> HttpResponse:
    """Follow a person."""
    return _change_follow(request, username, follow=True)


@require_POST
def unfollow(request: HttpRequest, username: str) -> HttpResponse:
    """Follow a person no longer."""
    return _change_follow(request, username, follow=False)


def _change_follow(request: HttpRequest, username: str, *, follow: bool) -> HttpResponse:
    person = User.objects.visible_to(request.user).by_username(username).first()
    if person is None:
        messages.error(request, _("User %(username)s not found.") % isolated(username=username))
        return _go(request, "posts:home")
    if person == request.user:
        messages.error(request, _("You cannot follow yourself!") if follow else _("You cannot unfollow yourself!"))
        return _go(request, person)
    if not ratelimit.consume(request, action="follow", user=request.user):
        messages.error(request, TOO_MANY["follow"])
        return _go(request, person)
    change = follow_user if follow else unfollow_user
    try:
        change(person, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return _go(request, "posts:home")
    if request.htmx:
        person.is_followed = follow
        return render(request, "accounts/_follow.html", {"person": person})
    said = _("You are following %(username)s") if follow else _("You are not following %(username)s")
    messages.success(request, said % isolated(username=person.username))
    return redirect(person)


def _go(request: HttpRequest, to: str | User) -> HttpResponse:
    """Redirect the page, also when only a fragment of it was asked for."""
    response = redirect(to)
    return HttpResponseClientRedirect(response.url) if request.htmx else response


@require_safe
@login_not_required
@cache_control(public=True, max_age=7 * 24 * 3600)
def avatar(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw a person's picture from their id alone: it costs no query and tells nothing."""
    # Clients of the API show it on pages of their own.
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(identicon(str(pk)), content_type="image/svg+xml", headers=headers)
