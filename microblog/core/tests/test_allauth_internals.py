"""What the site relies on in allauth beyond its documented interface, so that a change of it is noticed."""

import inspect
from dataclasses import fields

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import UserTokenForm
from allauth.core.internal.ratelimit import Rate, RateLimitUsage
from allauth.mfa.adapter import DefaultMFAAdapter

from microblog.core import allauth_internals

pytestmark = pytest.mark.once

PARAMETERS = {
    "consume_email_verification_rate_limit": ["request", "email"],
    "consume_rate_limit": ["request", "app", "action", "key"],
    "finalize_password_change": ["request", "user"],
    "finalize_password_reset": ["request", "user"],
    "get_authentication_records": ["request", "user"],
    "get_ip": ["request"],
    "get_rates": ["app", "action"],
    "is_reauthentication_required": ["request", "app"],
    "parse_rate": ["rate"],
    "perform_password_login": ["request", "credentials", "login"],
    "raise_if_reauthentication_required": ["request", "app"],
    "record_authentication": ["request", "user", "method", "extra_data"],
    "unstash_login": ["request", "peek"],
    "verify_email_and_resume": ["request", "verification"],
}
CONSTANTS = {"LOGIN_SESSION_KEY": "account_login", "STATE_SESSION_KEY": "mfa.webauthn.state"}
# Private methods that the site overrides or calls.
METHODS = {
    (AuthenticationBackend, "_authenticate"): ["self", "request", "credentials"],
    (AuthenticationBackend, "_check_password"): ["self", "user", "password"],
    (AuthenticationBackend, "_mitigate_timing_attack"): ["self", "password"],
    (DefaultMFAAdapter, "_get_site_name"): ["self"],
    (DefaultMFAAdapter, "_get_user_identifier"): ["self", "user"],
    (UserTokenForm, "_get_user"): ["self", "uidb36"],
}


def parameters(function):
    return inspect.signature(function).parameters


def test_every_name_is_pinned():
    assert set(allauth_internals.__all__) == PARAMETERS.keys() | CONSTANTS.keys()


@pytest.mark.parametrize("name", PARAMETERS)
def test_function_accepts_and_requires_the_parameters_of_the_site(name):
    present = parameters(getattr(allauth_internals, name))
    assert set(PARAMETERS[name]) <= present.keys()
    required = {key for key, value in present.items() if value.default is value.empty}
    assert required <= set(PARAMETERS[name])


@pytest.mark.parametrize("name", CONSTANTS)
def test_session_key_is_as_stored_in_live_sessions(name):
    assert getattr(allauth_internals, name) == CONSTANTS[name]


@pytest.mark.parametrize(("owner", "name"), METHODS)
def test_private_method_exists_with_its_parameters(owner, name):
    assert list(parameters(getattr(owner, name))) == METHODS[owner, name]


def test_failed_sign_ins_are_counted_where_the_adapter_looks():
    assert "_login_failed_rl_usage" in inspect.getsource(DefaultAccountAdapter)
    assert callable(RateLimitUsage.rollback)
    assert [field.name for field in fields(Rate)] == ["amount", "duration", "per"]
