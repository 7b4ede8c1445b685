"""Pages about people and one's own account."""

from __future__ import annotations

from allauth.account.views import SignupView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.avatars import identicon
from accounts.forms import EditProfileForm, PreferencesForm, SignupForm
from accounts.models import User
from accounts.services import follow_user, unfollow_user
from microblog.core.context_processors import THEMES
from microblog.core.exceptions import DomainError
from microblog.core.pagination import paginate


class Register(SignupView):
    """allauth's sign-up, which also answers when the name was taken while the form was being sent."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        try:
            response = super().form_valid(form)
        except DomainError as error:
            form.add_error(error.field, error.message)
            return self.form_invalid(form)
        messages.success(self.request, _("Congratulations, you are now a registered user!"))
        return response


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
    return render(request, "accounts/popup.html", {"person": _get_person(request, username)})


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
        messages.error(request, _("User %(username)s not found.") % {"username": username})
        return _go(request, "posts:home")
    if person == request.user:
        messages.error(request, _("You cannot follow yourself!") if follow else _("You cannot unfollow yourself!"))
        return _go(request, person)
    change = follow_user if follow else unfollow_user
    change(person, actor=request.user)
    if request.htmx:
        person.is_followed = follow
        return render(request, "accounts/_follow.html", {"person": person})
    said = _("You are following %(username)s") if follow else _("You are not following %(username)s")
    messages.success(request, said % {"username": person.username})
    return redirect(person)


def _go(request: HttpRequest, to: str | User) -> HttpResponse:
    """Redirect the page, also when only a fragment of it was asked for."""
    response = redirect(to)
    return HttpResponseClientRedirect(response.url) if request.htmx else response


@require_http_methods(["GET", "HEAD", "POST"])
def edit_profile(request: HttpRequest) -> HttpResponse:
    """Edit one's name, about me and picture."""
    # A copy of its own, so that a refused name does not show in the rest of the page.
    form = EditProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if form.is_valid():
        try:
            form.save()
        except DomainError as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("Your changes have been saved."))
            return redirect("accounts:edit_profile")
    return render(request, "accounts/edit_profile.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Choose theme and time zone."""
    form = PreferencesForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if form.is_valid():
        form.save()
        messages.success(request, _("Your changes have been saved."))
        return redirect("accounts:preferences")
    return render(request, "accounts/preferences.html", {"form": form})


@require_POST
@login_not_required
def theme(request: HttpRequest) -> HttpResponse:
    """Switch the theme, on the account or, for anonymous visitors, in a cookie, and go back to the page."""
    chosen = request.POST.get("theme", "")
    response = HttpResponseRedirect(_safe_next(request))
    if chosen in THEMES:
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(theme=chosen)
        response.set_cookie("theme", chosen, max_age=365 * 24 * 3600, samesite="Lax", secure=settings.HTTPS)
    return response


def _safe_next(request: HttpRequest) -> str:
    url = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_safe else "/"


@require_safe
@login_not_required
@cache_control(public=True, max_age=7 * 24 * 3600)
def avatar(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw a person's picture from their id alone: it costs no query and tells nothing."""
    return HttpResponse(identicon(str(pk)), content_type="image/svg+xml")
