"""Reports of errors to Sentry, or to a server that speaks its protocol, where SENTRY_DSN is set."""

from __future__ import annotations

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.types import Event, Hint

from microblog.core.requests import current_id
from operations.error_mail import without_values


def start_reporting() -> None:
    """Report each error that is logged, from now on, in this process."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        before_send=_without_what_people_sent,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        integrations=[DjangoIntegration(transaction_style="function_name", middleware_spans=False)],
        # Values of variables, log lines and requests before the error may hold what is private.
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        send_default_pii=False,
        # How long a process that ends waits for the server.
        shutdown_timeout=2,
    )


def _without_what_people_sent(event: Event, _hint: Hint) -> Event:
    """Keep of the request its id alone, next to the name of its view, and of exceptions what holds no values."""
    event.pop("request", None)
    for value in event.get("exception", {}).get("values", []):
        # Databases repeat the row that they refuse.
        is_of_database = str(value.get("module")).startswith(("django.db", "psycopg2", "sqlite3"))
        value["value"] = "" if is_of_database else without_values(str(value.get("value")))
    event["tags"] = {**(event.get("tags") or {}), "request_id": current_id()}
    return event
