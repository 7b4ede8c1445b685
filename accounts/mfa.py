"""The site's rules for the second factor, where django-allauth asks for them."""

from __future__ import annotations

import base64
import time
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.devices import describe
from accounts.forms import form_helper
from accounts.models import User
from accounts.passkeys import Answer, CredentialField, refuse_malformed
from accounts.services import spend_code
from microblog.core.allauth_internals import LOGIN_SESSION_KEY, STATE_SESSION_KEY
from microblog.core.drafts import take_draft
from microblog.core.fields import limit_length
from microblog.core.inputs import CODE, NAME, describe_inputs

# For which the challenge of a passkey can be answered.
CHALLENGE_SECONDS = 10 * 60

# What of an authenticator's data is encrypted.
ENCRYPTED = {"secret", "seed"}
CODE_MAX_LENGTH = 64
PASSKEY_NAME_MAX_LENGTH = 100


def code_counter() -> int:
    """Return the number of the present period: an authenticator app shows one code in each."""
    return int(time.time()) // app_settings.TOTP_PERIOD


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong, or it was used before."),
    }

    def _get_user_identifier(self, user: User) -> str:
        return user.username

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        return describe(context.request.headers.get("User-Agent", "")) or gettext("Passkey")

    def is_mfa_enabled(self, user: User, types: list[str] | None = None) -> bool:
        """Answer with one query a request: allauth asks for each type apart, several times a page."""
        if user.is_anonymous:
            return False
        if not hasattr(user, "factor_types"):
            user.factor_types = set(Authenticator.objects.filter(user=user.pk).values_list("type", flat=True))
        return bool(user.factor_types if types is None else user.factor_types.intersection(types))

    def encrypt(self, text: str) -> str:
        """Encrypt secrets with a key made of SECRET_KEY, so that a copy of the database alone is of no use."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _keys().decrypt(encrypted_text).decode()
        except InvalidToken:
            # SECRET_KEY was changed: no code is right any more, and recovery is up to the people who run the site.
            return base64.b32encode(Fernet.generate_key()).decode()

    def _get_site_name(self) -> str:
        return settings.SITE_NAME


def _keys() -> MultiFernet:
    return MultiFernet([_fernet(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(secret: str) -> Fernet:
    digest = salted_hmac("accounts.mfa", "", secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def encrypt_anew(report: Callable[[int, int], None], *, is_rehearsal: bool = False) -> int:
    """
    Encrypt with SECRET_KEY what was encrypted with one of its fallbacks, and return how many secrets that were.

    Row by row, so that it may be stopped and repeated. `report` is told how far it is.
    """
    keys, today = _keys(), _fernet(settings.SECRET_KEY)
    pks = list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))
    count = 0
    for done, pk in enumerate(pks, 1):
        with transaction.atomic():
            authenticator = Authenticator.objects.select_for_update().filter(pk=pk).first()
            data = authenticator.data if authenticator else {}
            for name in ENCRYPTED & data.keys():
                # What neither opens is of a key that is gone.
                if _opens(keys, data[name]) and not _opens(today, data[name]):
                    data[name] = keys.rotate(data[name]).decode()
                    count += 1
                    if not is_rehearsal:
                        authenticator.save(update_fields=["data"])
        report(done, len(pks))
    return count


def _opens(key: Fernet | MultiFernet, encrypted_text: str) -> bool:
    try:
        key.decrypt(encrypted_text)
    except InvalidToken:
        return False
    return True


class CodeField(forms.CharField):
    """A code of a second factor, in the digits of any script, with any white space and invisible characters."""

    def __init__(self, **options: Any) -> None:
        attrs = CODE | {"enterkeyhint": "go"}
        super().__init__(label=_("Code"), max_length=CODE_MAX_LENGTH, widget=forms.TextInput(attrs), **options)

    def to_python(self, value: Any) -> str:
        code = "".join(super().to_python(value).split())
        return "".join(str(unicodedata.decimal(each, each)) for each in code if unicodedata.category(each) != "Cf")


class SingleUseCode:
    """A field `code` whose authenticator app's codes work once, whichever process they reach."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = _("From your authenticator app, or one of your recovery codes.")
        self.fields["code"] = CodeField(help_text=help_text)
        self.helper = form_helper(_("Continue"))

    def clean_code(self) -> str:
        code: str = super().clean_code()
        is_app = self.authenticator.type == Authenticator.Type.TOTP
        if is_app and not spend_code(self.authenticator, code_counter()):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(SingleUseCode, base_forms.AuthenticateForm):
    pass


class ReauthenticateForm(SingleUseCode, base_forms.ReauthenticateForm):
    pass


class ActivateTOTPForm(totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = CodeField(help_text=_("The six digits that your app shows now."))
        self.helper = form_helper(_("Turn on"))


def bind_challenge(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """
    Let the answer to a challenge of this view be taken once, within minutes, here and for the same account alone.

    allauth keeps one challenge a session and takes its answer in every view, also in one that asks for more.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        session = request.session
        # Who is signed in, or has given the password and lacks the second factor.
        account = request.user.pk or (session.get(LOGIN_SESSION_KEY) or {}).get("user_pk")
        purpose = [request.path, account]
        asked = session.get(STATE_SESSION_KEY)
        if asked and (asked.get("purpose") != purpose or time.time() - asked["at"] >= CHALLENGE_SECONDS):
            del session[STATE_SESSION_KEY]
        response = view(request, *args, **kwargs)
        state = session.get(STATE_SESSION_KEY)
        if state and state != asked:
            session[STATE_SESSION_KEY] = {**state, "purpose": purpose, "at": time.time()}
        elif state and request.method == "POST":
            del session[STATE_SESSION_KEY]
        return response

    return wrapper


def signs_in_alone(authenticator: Authenticator) -> bool:
    """Tell whether a passkey was registered to sign in without the password, which takes a PIN or the like."""
    passkey = authenticator.wrap()
    return bool(passkey.is_passwordless and passkey.authenticator_data.is_user_verified())


class PasskeySignInForm(Answer, webauthn_forms.LoginWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        authenticator: Authenticator = super().clean_credential()
        if not signs_in_alone(authenticator):
            raise get_adapter().validation_error("incorrect_code")
        return authenticator


class AddPasskeyForm(webauthn_forms.AddWebAuthnForm):
    credential = CredentialField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"passwordless": True} | kwargs.get("initial", {}) | take_draft(context.request)
        super().__init__(*args, **kwargs)
        name, passwordless = self.fields["name"], self.fields["passwordless"]
        name.label = _("Name")
        limit_length(self, PASSKEY_NAME_MAX_LENGTH, "name")
        name.help_text = _("To tell your passkeys apart.")
        describe_inputs(self, name=NAME | {"maxlength": PASSKEY_NAME_MAX_LENGTH})
        passwordless.label = _("Sign in with it instead of the password")
        passwordless.help_text = _("It asks for your fingerprint, face or PIN then.")
        self.helper = form_helper(_("Add a passkey"))
        self.helper.inputs[0].field_classes += " mb-with-script"
        self.helper.attrs = {"data-passkey": "create"}

    def clean(self) -> dict[str, Any]:
        """Keep what the passkey was registered for, which the browser's word for it may contradict."""
        with refuse_malformed():
            cleaned_data: dict[str, Any] = super().clean()
        if credential := cleaned_data.get("credential"):
            is_for_sign_in = bool(cleaned_data.get("passwordless"))
            credential["clientExtensionResults"] = {"credProps": {"rk": is_for_sign_in}}
        return cleaned_data


class RenamePasskeyForm(webauthn_forms.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = kwargs.get("initial", {}) | take_draft(context.request)
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.label = _("Name")
        describe_inputs(self, name=NAME | {"maxlength": PASSKEY_NAME_MAX_LENGTH})
        limit_length(self, PASSKEY_NAME_MAX_LENGTH, "name")
        self.helper = form_helper(_("Save"))
