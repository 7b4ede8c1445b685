"""Error reports to Sentry, or a server with its protocol, where SENTRY_DSN is set."""

from __future__ import annotations

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.types import Event, Hint

from microblog.core.requests import current_request_id
from operations.error_mail import without_values


def start_reporting() -> None:
    """Report every logged error of this process from now on."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        before_send=_remove_user_input,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        integrations=[DjangoIntegration(transaction_style="function_name", middleware_spans=False)],
        # Local variables, breadcrumbs and request bodies may hold private data.
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        send_default_pii=False,
        # Seconds to wait for the server at exit.
        shutdown_timeout=2,
    )


def _remove_user_input(event: Event, _hint: Hint) -> Event:
    """Keep only the ID of the request, next to the view's name, and exception messages without values."""
    event.pop("request", None)
    for value in event.get("exception", {}).get("values", []):
        # Database errors repeat the refused row.
        is_of_database = str(value.get("module")).startswith(("django.db", "psycopg2", "sqlite3"))
        value["value"] = "" if is_of_database else without_values(str(value.get("value")))
    event["tags"] = {**(event.get("tags") or {}), "request_id": current_request_id()}
    return event
