"""
Mail to users: one helper, called by jobs.

A view never sends mail. It enqueues a job on the mail queue with ids; the job reads the rows again, generates the
secret link, if any, and calls `send_email`, so that no secret is stored with the job.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from email.utils import make_msgid
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from microblog.core.requests import current_request_id

logger = logging.getLogger(__name__)

# The end of an email address that does not exist (RFC 2606): a job without a recipient takes as long as any other.
UNDELIVERABLE = ".invalid"

# Name, content, media type.
Attachment = tuple[str, bytes, str]

_MAIL_NOTICES = {
    "mailbox": "",
    "console": _("Outgoing email is not set up here: the email was printed on the server's console."),
    "nowhere": _("Outgoing email is not set up here, so no email was sent."),
}


def get_mail_notice() -> str:
    """Return what a user who waits for a mail needs to know, or '' if it goes to their mailbox."""
    notice = str(_MAIL_NOTICES[settings.MAIL_GOES_TO])
    return f"{notice} {describe_help()}" if settings.MAIL_GOES_TO == "nowhere" else notice


def describe_help() -> str:
    """Return a sentence about where to get help; it mentions the About page only if that names the operator."""
    if settings.OPERATOR_NAME:
        return gettext("Contact the operator of this site; the About page says who that is.")
    return gettext("Contact the operator of this site.")


def send_email(
    event: str,
    to: str,
    context: Mapping[str, Any],
    *,
    language: str = "",
    attachments: Iterable[Attachment] = (),
) -> None:
    """
    Send the mail of an event to one email address, now, in a language or by default the site's.

    It is rendered from email/<event>/subject.txt, body.txt and body.html. Raise the error of the server if it is
    temporary; a permanently refused recipient is logged. A mail to UNDELIVERABLE is rendered and dropped.
    """
    if settings.MAIL_GOES_TO == "nowhere":
        logger.warning("Outgoing mail is off, so %s was not sent", event)
        return
    message = _compose(event, to, context, language or settings.LANGUAGE_CODE)
    for attachment in attachments:
        message.attach(*attachment)
    if to.endswith(UNDELIVERABLE):
        return
    connection = get_connection()
    connection.open()
    try:
        connection.send_messages([message])
        logger.info("Mail %s was handed over", event)
    except SMTPRecipientsRefused as error:
        if any(code < 500 for code, _reason in error.recipients.values()):
            raise
        logger.warning("The mail server refuses the recipient of %s for good", event)
    finally:
        _hang_up(connection)


def _compose(event: str, to: str, context: Mapping[str, Any], language: str) -> EmailMultiAlternatives:
    context = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, **context}
    with translation.override(language):
        subject, text, html = (
            render_to_string(f"email/{event}/{part}", dict(context)).strip()
            for part in ("subject.txt", "body.txt", "body.html")
        )
    headers = {
        "Auto-Submitted": "auto-generated",
        "Message-ID": make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
    }
    if cause := current_request_id():
        headers["X-Request-ID"] = cause
    message = EmailMultiAlternatives(f"[{settings.SITE_NAME}] {subject}", text + "\n", to=[to], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def _hang_up(connection: Any) -> None:
    """Close the connection without raising an error, which would send the mail again."""
    try:
        connection.close()
    except (OSError, SMTPException) as error:
        logger.info("The mail server ended the conversation early: %r", error)
