"""Settings: API tokens."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.security.devices import origin_of
from accounts.security.forms.tokens import TokenForm
from accounts.security.services import make_token, revoke_token
from microblog.core.drafts import take_draft


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@reauthentication_required
def tokens(request: HttpRequest) -> HttpResponse:
    """List the user's tokens, and create one, which is shown in this response only."""
    form = TokenForm(request.POST or None, initial=take_draft(request))
    made = secret = None
    if form.is_valid():
        made, secret = make_token(
            request.user,
            name=form.cleaned_data["name"],
            lifetime=timedelta(days=form.cleaned_data["days"]),
            is_read_only=form.cleaned_data["access"] == TokenForm.READ,
            origin=origin_of(request),
        )
        form = TokenForm()
    context = {"form": form, "tokens": request.user.api_tokens.live().order_by("-pk"), "made": made, "secret": secret}
    return render(request, "security/tokens.html", context)


@require_POST
@reauthentication_required
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of the user's tokens."""
    if token := request.user.api_tokens.live().filter(pk=pk).first():
        revoke_token(token, origin=origin_of(request))
    messages.success(request, _("Token revoked."))
    return redirect("security:tokens")
