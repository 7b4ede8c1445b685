"""Addresses that are confirmed, and passwords that are chosen anew. No answer tells whether there is an account."""

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

from accounts.forms import (
    ChangeEmailForm,
    ChangePasswordForm,
    ConfirmPasswordForm,
    EmailForm,
    NewPasswordForm,
    ResetLinkForm,
)
from accounts.models import User
from accounts.services import (
    cancel_email_change,
    confirm_current_address,
    correct_address,
    enqueue_confirmation,
    enqueue_password_reset,
    request_email_change,
    unconfirmed_address,
)
from microblog.core.allauth_internals import (
    finalize_password_change,
    finalize_password_reset,
    perform_password_login,
    raise_if_reauthentication_required,
    unstash_login,
    verify_email_and_resume,
)
from microblog.core.drafts import take_draft
from microblog.core.exceptions import DomainError
from microblog.core.mail import where_mail_went

# Where the session keeps the token of a reset link, so that the address of the form does not tell it.
RESET_SESSION_KEY = "password_reset_token"
RESET_WITHOUT_TOKEN = "set-password"  # noqa: S105 - stands in the address instead of the token


def _say_mail_is_sent(request: HttpRequest, text: str) -> None:
    """Say this of a mail, or instead of it why none comes to the user's mailbox."""
    messages.info(request, where_mail_went() or text)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verification_sent(request: HttpRequest) -> HttpResponse:
    """
    Say that a mail is to be looked for, and send it again to an address that waits to be confirmed.

    In the browser that has just registered another address takes the place of a mistyped one.
    """
    if request.user.is_authenticated:
        return redirect("posts:home")
    newcomer = unstash_login(request, peek=True)
    typed = newcomer.user.shown_email if newcomer else ""
    form = EmailForm(request.POST or None, initial={"email": typed}, label=_("Send the mail again"))
    if form.is_valid():
        email = form.cleaned_data["email"]
        if limited := ratelimit.consume_or_429(request, action="confirm_email", key=email):
            return limited
        if not (newcomer and correct_address(newcomer.user, email)):
            enqueue_confirmation(EmailAddress.objects.filter(email=email, user__email=email, verified=False).first())
        _say_mail_is_sent(request, _("If this address waits to be confirmed, another mail is on its way."))
        return redirect("account_email_verification_sent")
    context = {"form": form, "mail_went": where_mail_went(), "newcomer": newcomer, "typed": typed}
    return render(request, "account/verification_sent.html", context)


def _is_session_of(request: HttpRequest, user: User) -> bool:
    """Tell whether a user is signed in here, or gave their password and is still to confirm the email address."""
    login = unstash_login(request, peek=True)
    return request.user == user or (login is not None and login.user == user)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    """
    Confirm an email address by the link from its mail and one more click: programs follow links too.

    The link proves the mailbox and nothing else: outside a session of the account it needs the password.
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
        messages.error(request, _("This address belongs to another account by now."))
    elif is_change:
        messages.success(request, _("Your new e-mail address is confirmed."))
    elif request.user == address.user:
        messages.success(request, _("Congratulations, you are now a registered user!"))
    else:
        messages.success(request, _("Your e-mail address is confirmed."))
    if response:
        return response  # signed in by it, in the browser that registered
    if form and address and not request.user.is_authenticated:
        credentials = {"username": address.user.username}
        return perform_password_login(request, credentials, Login(user=address.user))
    return redirect("posts:home" if request.user.is_authenticated else "account_login")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password_request(request: HttpRequest) -> HttpResponse:
    """Mail a link for a new password to an address, if it is somebody's."""
    if request.user.is_authenticated:
        return redirect("posts:home")
    help_text = _("The mail names your username too.")
    form = EmailForm(request.POST or None, label=_("Request Password Reset"), help_text=help_text)
    if form.is_valid():
        email = form.cleaned_data["email"]
        if limited := ratelimit.consume_or_429(request, action="reset_password", key=email):
            return limited
        enqueue_password_reset(email)
        _say_mail_is_sent(request, _("Check your email for the instructions to reset your password"))
        return redirect("account_login")
    return render(request, "account/password_reset.html", {"form": form})


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@rate_limit(action="reset_password_from_key")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password(request: HttpRequest, key: str) -> HttpResponse:
    """Let whoever holds a link from a reset mail choose a password. It proves the address too."""
    if request.user.is_authenticated:
        messages.info(request, _("Sign out first to use this link."))
        return redirect("posts:home")
    uidb36, _dash, token = key.partition("-")
    is_from_mail = token != RESET_WITHOUT_TOKEN
    if not is_from_mail:
        token = request.session.get(RESET_SESSION_KEY, "")
    checked = ResetLinkForm({"uidb36": uidb36, "key": token})
    if not checked.is_valid() or not checked.reset_user.may_be_opened:
        messages.error(request, _("This link does not work any more. Please ask for a new one."))
        return redirect("posts:home")
    if is_from_mail:
        request.session[RESET_SESSION_KEY] = token
        return redirect("account_reset_password_from_key", f"{uidb36}-{RESET_WITHOUT_TOKEN}")
    user = checked.reset_user
    form = NewPasswordForm(request.POST or None, user=user)
    if form.is_valid():
        form.save(request)
        confirm_current_address(user)
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
    """Choose another password while one is signed in."""
    form = ChangePasswordForm(request.POST or None, user=request.user)
    if form.is_valid():
        form.save(request)
        finalize_password_change(request, request.user)
        messages.success(request, _("Your password has been changed."))
        return redirect("account_email")
    return render(request, "account/password_change.html", {"form": form})


@never_cache
@rate_limit(action="manage_email")
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Show one's e-mail address and change it: the new one is confirmed first."""
    # A user of its own, so that nothing refused shows in the rest of the page.
    user = User.objects.get(pk=request.user.pk)
    waiting = unconfirmed_address(user)
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
        messages.success(request, _("Your address stays as it is."))
        return redirect("account_email")
    return render(request, "account/email_change.html", {"form": form, "waiting": waiting})


def _mail_is_on_its_way(request: HttpRequest) -> HttpResponse:
    _say_mail_is_sent(request, _("A mail with a link is on its way to the address that is to be confirmed."))
    return redirect("account_email")
