"""Deletion of the user's account, and its restoration before that."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import LeaveForm
from accounts.security.devices import origin_of
from accounts.security.leaving import SESSION_KEY, leaving_user
from accounts.services import request_deletion, restore_user
from microblog.core.exceptions import DomainError


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Show what will be deleted, and close the account after the password was given."""
    form = LeaveForm(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            request_deletion(request.user, actor=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            logout(request)
            messages.success(request, _("Your account is closed. Sign in to come back before it is deleted."))
            return redirect("account_login")
    return render(request, "accounts/leave.html", {"form": form})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponse:
    """Offer to restore an account that is to be deleted, after signing in to it."""
    user = leaving_user(request)
    if user is None:
        return redirect("account_login")
    if request.method == "POST":
        restore_user(user, actor=user, origin=origin_of(request))
        del request.session[SESSION_KEY]
        messages.success(request, _("Welcome back! Your account is yours again. Please sign in."))
        return redirect("account_login")
    return render(request, "accounts/come_back.html", {"person": user})
