"""Forms of second factors and passkeys."""

from __future__ import annotations

import unicodedata
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.security.passkeys import CredentialField, refuse_malformed, signs_in_alone
from accounts.security.services import code_counter, consume_code
from microblog.core.drafts import take_draft
from microblog.core.fields import CODE, NAME, describe_inputs, limit_length
from microblog.core.forms import form_helper

CODE_MAX_LENGTH = 64
PASSKEY_NAME_MAX_LENGTH = 100


class CodeField(forms.CharField):
    """A code of a second factor. Digits of any script, white space and invisible characters are accepted."""

    def __init__(self, **options: Any) -> None:
        attrs = CODE | {"enterkeyhint": "go"}
        super().__init__(label=_("Code"), max_length=CODE_MAX_LENGTH, widget=forms.TextInput(attrs), **options)

    def to_python(self, value: Any) -> str:
        code = "".join(super().to_python(value).split())
        return "".join(str(unicodedata.decimal(each, each)) for each in code if unicodedata.category(each) != "Cf")


class SingleUseCodeMixin:
    """A form whose authenticator codes work once, across all processes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = _("From your authenticator app, or one of your recovery codes.")
        self.fields["code"] = CodeField(help_text=help_text)
        self.helper = form_helper(_("Continue"))

    def clean_code(self) -> str:
        code: str = super().clean_code()
        is_app = self.authenticator.type == Authenticator.Type.TOTP
        if is_app and not consume_code(self.authenticator, code_counter()):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(SingleUseCodeMixin, base_forms.AuthenticateForm):
    pass


class ReauthenticateForm(SingleUseCodeMixin, base_forms.ReauthenticateForm):
    pass


class ActivateTOTPForm(totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = CodeField(help_text=_("The six digits that your app shows now."))
        self.helper = form_helper(_("Turn on"))


class PasskeyResponseMixin(forms.Form):
    """Make a form of allauth refuse malformed credentials."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        with refuse_malformed():
            authenticator: Authenticator = super().clean_credential()  # type: ignore[misc] # of the form it is mixed in
        return authenticator


class PasskeyAuthenticateForm(PasskeyResponseMixin, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class PasskeyReauthenticateForm(PasskeyResponseMixin, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class PasskeySignInForm(PasskeyResponseMixin, webauthn_forms.LoginWebAuthnForm):
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
        passwordless.help_text = _("You will then be asked for your fingerprint, face or PIN.")
        self.helper = form_helper(_("Add a passkey"))
        self.helper.inputs[0].field_classes += " mb-with-script"
        self.helper.attrs = {"data-passkey": "create"}

    def clean(self) -> dict[str, Any]:
        """Store what the passkey was registered for, and not the claim of the browser."""
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
