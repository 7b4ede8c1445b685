"""Recurring tasks that belong to no app."""

from django.core.management import call_command

from microblog.core.api import idempotency
from microblog.core.error_mail import send_report


def clear_sessions() -> None:
    """Delete sessions that have expired; repeating it finds nothing left."""
    call_command("clearsessions")


def forget_idempotent_requests() -> None:
    """Delete the answers kept for clients that repeat a request; repeating it finds nothing left."""
    idempotency.delete_old_requests()


def mail_error(report: str) -> None:
    """Mail the administrators about an error; a mail that was handed over and is sent again does no harm."""
    send_report(report)
