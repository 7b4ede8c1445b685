"""Views of followers, the popover, follows and reposts by followed people."""

from __future__ import annotations

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from microblog.core.bidi import isolated
from microblog.core.exceptions import DomainError
from microblog.core.limits import TOO_MANY
from microblog.core.pagination import paginate
from microblog.core.sign_in import redirect_page
from relationships import services
from relationships.lookup import find_visible_user


def _get_person(request: HttpRequest, username: str) -> User:
    people = User.objects.visible_to(request.user).with_is_followed(request.user)
    return get_object_or_404(people.by_username(username))


def _list_people(request: HttpRequest, username: str, *, following: bool) -> HttpResponse:
    person = _get_person(request, username)
    people = User.objects.visible_to(request.user).with_is_followed(request.user)
    people = people.followed_by(person) if following else people.followers_of(person)
    page = paginate(request, lambda cursor: cursor.window(people), size=settings.POSTS_PER_PAGE)
    context = {"person": person, "page": page, "following": following}
    return render(request, "relationships/people.html", context)


@require_safe
def followers(request: HttpRequest, username: str) -> HttpResponse:
    """List the followers of a person."""
    return _list_people(request, username, following=False)


@require_safe
def following(request: HttpRequest, username: str) -> HttpResponse:
    """List the people a person follows."""
    return _list_people(request, username, following=True)


@require_safe
def popup(request: HttpRequest, username: str) -> HttpResponse:
    """Render the fragment of the popover on a username."""
    person = find_visible_user(request.user, username)
    if person is None:
        raise Http404
    return render(request, "relationships/popup.html", {"person": person})


@require_POST
def follow(request: HttpRequest, username: str) -> HttpResponse:
    """Follow a person."""
    return _change_follow(request, username, follow=True)


@require_POST
def unfollow(request: HttpRequest, username: str) -> HttpResponse:
    """Unfollow a person."""
    return _change_follow(request, username, follow=False)


def _change_follow(request: HttpRequest, username: str, *, follow: bool) -> HttpResponse:
    people = User.objects.visible_to(request.user).with_hides_reposts(request.user)
    person = people.by_username(username).first()
    if person is None:
        messages.error(request, _("User %(username)s not found.") % isolated(username=username))
        return redirect_page(request, redirect("posts:home"))
    if person == request.user:
        messages.error(request, _("You cannot follow yourself!") if follow else _("You cannot unfollow yourself!"))
        return redirect_page(request, redirect(person))
    if not ratelimit.consume(request, action="follow", user=request.user):
        messages.error(request, TOO_MANY["follow"])
        return redirect_page(request, redirect(person))
    change = services.follow_user if follow else services.unfollow_user
    try:
        change(person, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect_page(request, redirect("posts:home"))
    if request.htmx:
        person.is_followed = follow
        return render(request, "relationships/_follow.html", {"person": person})
    text = _("You are following %(username)s") if follow else _("You are not following %(username)s")
    messages.success(request, text % isolated(username=person.username))
    return redirect(person)


@require_POST
def hide_reposts(request: HttpRequest, username: str) -> HttpResponse:
    """Hide what a followed person reposts."""
    return _change_reposts(request, username, hide=True)


@require_POST
def show_reposts(request: HttpRequest, username: str) -> HttpResponse:
    """Show what a followed person reposts again."""
    return _change_reposts(request, username, hide=False)


def _change_reposts(request: HttpRequest, username: str, *, hide: bool) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user).by_username(username))
    change = services.hide_reposts if hide else services.show_reposts
    try:
        change(person, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect_page(request, redirect(person))
    if request.htmx:
        context = {"username": person.username, "hides_reposts": hide}
        return render(request, "relationships/_hide_reposts.html", context)
    text = _("You have hidden reposts by %(username)s.") if hide else _("You no longer hide reposts by %(username)s.")
    messages.success(request, text % isolated(username=person.username))
    return redirect(person)
