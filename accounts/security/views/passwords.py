"""Reset and change of passwords. No response reveals whether an account exists."""

from __future__ import annotations

from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.security.forms.passwords import ChangePasswordForm, EmailForm, NewPasswordForm, ResetLinkForm
from accounts.security.services import enqueue_password_reset
from microblog.core.allauth_internals import finalize_password_change, finalize_password_reset
from microblog.core.mail import get_mail_notice

# The session's key for the token of a reset link, so that the URL of the form does not contain it.
RESET_SESSION_KEY = "password_reset_token"
RESET_WITHOUT_TOKEN = "set-password"  # noqa: S105 - replaces the token in the URL


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password_request(request: HttpRequest) -> HttpResponse:
    """Enqueue the reset mail to an email address, if it belongs to an account."""
    if request.user.is_authenticated:
        return redirect("posts:home")
    help_text = _("The email also contains your username.")
    form = EmailForm(request.POST or None, label=_("Request Password Reset"), help_text=help_text)
    if form.is_valid():
        email = form.cleaned_data["email"]
        if limited := ratelimit.consume_or_429(request, action="reset_password", key=email):
            return limited
        enqueue_password_reset(email)
        messages.info(request, get_mail_notice() or _("Check your email for the instructions to reset your password"))
        return redirect("account_login")
    return render(request, "account/password_reset.html", {"form": form})


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@rate_limit(action="reset_password_from_key")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password(request: HttpRequest, key: str) -> HttpResponse:
    """Choose a new password by the link from a reset mail, which also confirms the email address."""
    if request.user.is_authenticated:
        messages.info(request, _("Sign out first to use this link."))
        return redirect("posts:home")
    uidb36, _dash, token = key.partition("-")
    is_from_mail = token != RESET_WITHOUT_TOKEN
    if not is_from_mail:
        token = request.session.get(RESET_SESSION_KEY, "")
    checked = ResetLinkForm({"uidb36": uidb36, "key": token})
    if not checked.is_valid() or not checked.reset_user.accepts_sign_in:
        messages.error(request, _("This link no longer works. Please request a new one."))
        return redirect("posts:home")
    if is_from_mail:
        request.session[RESET_SESSION_KEY] = token
        return redirect("account_reset_password_from_key", f"{uidb36}-{RESET_WITHOUT_TOKEN}")
    user = checked.reset_user
    form = NewPasswordForm(request.POST or None, user=user)
    if form.is_valid():
        form.save(request)
        del request.session[RESET_SESSION_KEY]
        finalize_password_reset(request, user)
        messages.success(request, _("Your password has been reset."))
        return redirect("account_login")
    return render(request, "account/password_reset_from_key.html", {"form": form})


@never_cache
@sensitive_post_parameters("old_password", "password1", "password2")
@rate_limit(action="change_password")
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password of the signed-in user."""
    form = ChangePasswordForm(request.POST or None, user=request.user)
    if form.is_valid():
        form.save(request)
        finalize_password_change(request, request.user)
        messages.success(request, _("Your password has been changed."))
        return redirect("account_email")
    return render(request, "account/password_change.html", {"form": form})
