"""
Internal functions of allauth that the site uses; the linter refuses to import them anywhere else.

A test pins each name with its parameters, and the private methods that the site overrides, so that a change of allauth
is noticed.
"""

from allauth.account.internal.flows.email_verification import (
    consume_email_verification_rate_limit,
    verify_email_and_resume,
)
from allauth.account.internal.flows.login import (
    get_authentication_records,
    perform_password_login,
    record_authentication,
)
from allauth.account.internal.flows.password_change import finalize_password_change
from allauth.account.internal.flows.password_reset import finalize_password_reset
from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
    raise_if_reauthentication_required,
)
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, unstash_login
from allauth.core.internal.ratelimit import consume as consume_rate_limit
from allauth.core.internal.ratelimit import get_ip, get_rates, parse_rate
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY

__all__ = [
    "LOGIN_SESSION_KEY",
    "STATE_SESSION_KEY",
    "consume_email_verification_rate_limit",
    "consume_rate_limit",
    "finalize_password_change",
    "finalize_password_reset",
    "get_authentication_records",
    "get_ip",
    "get_rates",
    "is_reauthentication_required",
    "parse_rate",
    "perform_password_login",
    "raise_if_reauthentication_required",
    "record_authentication",
    "unstash_login",
    "verify_email_and_resume",
]
