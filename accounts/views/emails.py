"""Confirmation and change of email addresses. No response reveals whether an account exists."""

from __future__ import annotations

from allauth.account.models import EmailAddress, EmailConfirmationHMAC, Login
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

from accounts.forms import ChangeEmailForm
from accounts.models import User
from accounts.security.forms.passwords import ConfirmPasswordForm, EmailForm
from accounts.services import (
    cancel_email_change,
    correct_email,
    enqueue_confirmation,
    find_unconfirmed_email,
    request_email_change,
)
from microblog.core.allauth_internals import (
    perform_password_login,
    raise_if_reauthentication_required,
    unstash_login,
    verify_email_and_resume,
)
from microblog.core.drafts import take_draft
from microblog.core.exceptions import DomainError
from microblog.core.mail import get_mail_notice


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verification_sent(request: HttpRequest) -> HttpResponse:
    """
    Show that the confirmation mail was sent, and send it again to an unconfirmed email address.

    The browser that has just registered can correct a mistyped address.
    """
    if request.user.is_authenticated:
        return redirect("posts:home")
    newcomer = unstash_login(request, peek=True)
    typed = newcomer.user.shown_email if newcomer else ""
    form = EmailForm(request.POST or None, initial={"email": typed}, label=_("Send the email again"))
    if form.is_valid():
        email = form.cleaned_data["email"]
        if limited := ratelimit.consume_or_429(request, action="confirm_email", key=email):
            return limited
        if not (newcomer and correct_email(newcomer.user, email)):
            enqueue_confirmation(EmailAddress.objects.filter(email=email, user__email=email, verified=False).first())
        messages.info(
            request,
            get_mail_notice() or _("If this email address is waiting to be confirmed, another email is on its way."),
        )
        return redirect("account_email_verification_sent")
    context = {"form": form, "mail_went": get_mail_notice(), "newcomer": newcomer, "typed": typed}
    return render(request, "account/verification_sent.html", context)


def _is_session_of(request: HttpRequest, user: User) -> bool:
    """Tell whether a user is signed in, or has given the password but not yet confirmed the email address."""
    login = unstash_login(request, peek=True)
    return request.user == user or (login is not None and login.user == user)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    """
    Confirm an email address by the link from its mail and a click, since mail scanners follow links too.

    The link proves access to the mailbox alone: outside a session of the account, the password is required.
    """
    confirmation = EmailConfirmationHMAC.from_key(key)
    if confirmation is None:
        return render(request, "account/email_confirm.html", {"confirmation": None})
    user = confirmation.email_address.user
    sent = request.POST if request.method == "POST" else None
    form = None if _is_session_of(request, user) else ConfirmPasswordForm(sent, user=user)
    if request.method != "POST" or (form and not form.is_valid()):
        return render(request, "account/email_confirm.html", {"confirmation": confirmation, "form": form})
    is_change = confirmation.email_address.email != user.email
    address, response = verify_email_and_resume(request, confirmation)
    if address is None:
        messages.error(request, _("This email address now belongs to another account."))
    elif is_change:
        messages.success(request, _("Your new email address is confirmed."))
    elif request.user == address.user:
        messages.success(request, _("Congratulations, you are now a registered user!"))
    else:
        messages.success(request, _("Your email address is confirmed."))
    if response:
        return response  # signed in by it, in the browser that registered
    if form and address and not request.user.is_authenticated:
        credentials = {"username": address.user.username}
        return perform_password_login(request, credentials, Login(user=address.user))
    return redirect("posts:home" if request.user.is_authenticated else "account_login")


@never_cache
@rate_limit(action="manage_email")
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Show and change the user's email address; a new one must be confirmed first."""
    # A separate instance, so that refused values do not show in the rest of the page.
    user = User.objects.get(pk=request.user.pk)
    waiting = find_unconfirmed_email(user)
    is_change = request.POST.get("action") == "change"
    form = ChangeEmailForm(request.POST if is_change else None, user=user, initial=take_draft(request))
    if form.is_valid():
        raise_if_reauthentication_required(request, app="allauth.account")
        if limited := ratelimit.consume_or_429(request, action="confirm_email", key=form.cleaned_data["email"]):
            return limited
        try:
            request_email_change(user, form.cleaned_data["email"])
        except DomainError as error:
            form.add_error(error.field, error.message)
        else:
            return _mail_is_on_its_way(request)
    elif waiting and request.POST.get("action") == "resend":
        if limited := ratelimit.consume_or_429(request, action="confirm_email", key=waiting.email):
            return limited
        enqueue_confirmation(waiting)
        return _mail_is_on_its_way(request)
    elif request.POST.get("action") == "cancel":
        cancel_email_change(user)
        messages.success(request, _("Your email address has not changed."))
        return redirect("account_email")
    return render(request, "account/email_change.html", {"form": form, "waiting": waiting})


def _mail_is_on_its_way(request: HttpRequest) -> HttpResponse:
    messages.info(
        request, get_mail_notice() or _("An email with a link is on its way to the email address to be confirmed.")
    )
    return redirect("account_email")
