"""Sign-in and re-authentication with a passkey."""

from __future__ import annotations

from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _


class PasskeySignIn(LoginWebAuthnView):
    """allauth's sign-in with a passkey, with "Remember Me" and a message when it fails."""

    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)
        if self.request.POST.get("remember"):
            self.request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        messages.error(self.request, _("This passkey was not accepted. You can sign in with your password."))
        return redirect("account_login")


class PasskeyReauthentication(ReauthenticateWebAuthnView):
    """allauth's re-authentication with a passkey, which redirects back to the page when it fails."""

    def form_invalid(self, form: Form) -> HttpResponse:
        messages.error(self.request, _("This passkey was not accepted. Try again or choose another way."))
        return redirect(self.passthrough_next_url(reverse("mfa_reauthenticate_webauthn")))
