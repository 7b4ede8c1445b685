"""Leaving, and coming back while there is time."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.adapter import LEAVING_SESSION_KEY
from accounts.forms import LeaveForm
from accounts.models import User
from accounts.services import request_deletion, restore_user
from microblog.core.exceptions import DomainError


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Say what goes when one leaves, ask for the password and close the account."""
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


def leaving_user(request: HttpRequest) -> User | None:
    """Return who gave the right password to an account that is to be deleted, in this session."""
    leaving = User.objects.filter(deactivated_at__isnull=False, deletion_due_at__isnull=False)
    pk = request.session.get(LEAVING_SESSION_KEY)
    return leaving.filter(pk=pk).first() if pk else None


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponse:
    """Offer somebody who signed in to an account that is to be deleted to keep it."""
    user = leaving_user(request)
    if user is None:
        return redirect("account_login")
    if request.method == "POST":
        restore_user(user, actor=user)
        del request.session[LEAVING_SESSION_KEY]
        messages.success(request, _("Welcome back! Your account is yours again. Please sign in."))
        return redirect("account_login")
    return render(request, "accounts/come_back.html", {"person": user})
