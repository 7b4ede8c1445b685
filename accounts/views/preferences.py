"""Settings: profile and preferences."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import EditProfileForm, PreferencesForm
from accounts.models import User
from microblog.core.context_processors import THEMES
from microblog.core.drafts import take_draft
from microblog.core.exceptions import DomainError
from microblog.core.limits import within_limit
from microblog.core.site_urls import is_site_path


@require_http_methods(["GET", "HEAD", "POST"])
def edit_profile(request: HttpRequest) -> HttpResponse:
    """Edit the user's username, `about_me` and picture."""
    # A separate instance, so that a refused username does not show in the rest of the page.
    person = User.objects.get(pk=request.user.pk)
    form = EditProfileForm(request.POST or None, instance=person, initial=take_draft(request))
    if form.is_valid() and within_limit(request, form, "edit"):
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
    """Choose language, time zone and theme."""
    form = PreferencesForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if form.is_valid() and within_limit(request, form, "edit"):
        chosen = form.save().language
        translation.activate(chosen or translation.get_language_from_request(request))
        messages.success(request, _("Your changes have been saved."))
        response = redirect("accounts:preferences")
        _remember_language(response, chosen)
        return response
    return render(request, "accounts/preferences.html", {"form": form})


@require_POST
@login_not_required
def theme(request: HttpRequest) -> HttpResponse:
    """Store the theme in the account and a cookie, and redirect back to the page."""
    chosen = request.POST.get("theme", "")
    response = HttpResponseRedirect(_safe_next(request))
    if chosen in THEMES:
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(theme=chosen)
        response.set_cookie(
            settings.THEME_COOKIE_NAME, chosen, max_age=365 * 24 * 3600, samesite="Lax", secure=settings.HTTPS
        )
    return response


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    """Store the language in the account and a cookie, and redirect back to the page."""
    chosen = request.POST.get("language", "")
    response = HttpResponseRedirect(_safe_next(request))
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=chosen)
        _remember_language(response, chosen)
    return response


def _remember_language(response: HttpResponse, chosen: str) -> None:
    """Store the language in a cookie, or delete the cookie where the browser's language applies."""
    if chosen:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 24 * 3600, samesite="Lax", secure=settings.HTTPS
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")


def _safe_next(request: HttpRequest) -> str:
    url = request.POST.get("next", "")
    return url if is_site_path(url) else "/"
