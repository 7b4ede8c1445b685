"""Services of security. Each runs in a transaction of its own."""

from accounts.security.services.events import delete_old_events, record_security_event
from accounts.security.services.factors import code_counter, consume_code, reset_second_factor
from accounts.security.services.passwords import end_former_access, enqueue_password_reset, replace_password
from accounts.security.services.sessions import (
    delete_expired_sessions,
    end_session,
    end_sessions,
    keep_sessions,
    list_session,
    sign_out_everywhere,
)
from accounts.security.services.tokens import (
    MAX_TOKEN_DAYS,
    TOKENS_PER_USER,
    delete_expired_tokens,
    find_token,
    make_token,
    note_token_use,
    revoke_token,
    revoke_tokens,
)

__all__ = [
    "MAX_TOKEN_DAYS",
    "TOKENS_PER_USER",
    "code_counter",
    "consume_code",
    "delete_expired_sessions",
    "delete_expired_tokens",
    "delete_old_events",
    "end_former_access",
    "end_session",
    "end_sessions",
    "enqueue_password_reset",
    "find_token",
    "keep_sessions",
    "list_session",
    "make_token",
    "note_token_use",
    "record_security_event",
    "replace_password",
    "reset_second_factor",
    "revoke_token",
    "revoke_tokens",
    "sign_out_everywhere",
]
