"""Placeholders for the email addresses of accounts that were registered with a taken one."""

import uuid

from microblog.core.mail import UNDELIVERABLE

PLACEHOLDER_DOMAIN = f"@placeholder{UNDELIVERABLE}"


def make_placeholder_email() -> str:
    """
    Return a placeholder for the email address of an account that is registered with a taken one.

    Such an account is created like any other but can never be confirmed, so that neither the response nor its time
    nor the use of the username reveals that the email address is taken. It is deleted with other unconfirmed accounts.
    """
    return f"{uuid.uuid4().hex}{PLACEHOLDER_DOMAIN}"


def is_placeholder_email(email: str) -> bool:
    """Tell whether an email address is a placeholder for a taken one."""
    return email.endswith(PLACEHOLDER_DOMAIN)
