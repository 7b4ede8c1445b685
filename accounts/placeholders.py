"""Email addresses of accounts that are registered with somebody else's."""

import uuid

from microblog.core.mail import NOBODY

PLACEHOLDER_DOMAIN = f"@placeholder{NOBODY}"


def make_placeholder_email() -> str:
    """
    Return the placeholder for the email address of an account that is registered with somebody else's.

    Such an account is made like any other and never opens, so that neither the answer nor its time nor what the name
    can be used for tells that the address is taken. It goes with those whose address is never confirmed.
    """
    return f"{uuid.uuid4().hex}{PLACEHOLDER_DOMAIN}"


def is_placeholder_email(email: str) -> bool:
    """Tell whether an email address is a placeholder for a taken one."""
    return email.endswith(PLACEHOLDER_DOMAIN)
