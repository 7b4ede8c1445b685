"""
Mail to people: one helper, called by jobs.

A page never sends mail. It enqueues a job on the mail queue with the ids of what the mail is about; the job reads the
rows again, makes the secret link, if there is one, and calls `send_email`. So no secret waits in the database.
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

from microblog.core.requests import current_id

logger = logging.getLogger(__name__)

# The end of email addresses to which nothing is sent (RFC 2606), so that a job without a recipient takes as long.
UNDELIVERABLE = ".invalid"

# Name, content, media type.
Attachment = tuple[str, bytes, str]

_WHERE_MAIL_WENT = {
    "mailbox": "",
    "console": _("Outgoing mail is not set up here: the message was printed on the server's console."),
    "nowhere": _("Outgoing mail is not set up here, so no message was sent."),
}


def where_mail_went() -> str:
    """Say what a person who waits for a mail must know, or '' where it goes to their mailbox."""
    said = str(_WHERE_MAIL_WENT[settings.MAIL_GOES_TO])
    return f"{said} {whom_to_ask()}" if settings.MAIL_GOES_TO == "nowhere" else said


def whom_to_ask() -> str:
    """Say where help is, without promising that the About page names operators who have not said who they are."""
    if settings.OPERATOR_NAME:
        return gettext("Ask the people who run the site; the About page names them.")
    return gettext("Ask the people who run the site.")


def send_email(
    event: str,
    to: str,
    context: Mapping[str, Any],
    *,
    language: str = "",
    attachments: Iterable[Attachment] = (),
) -> None:
    """
    Send the mail of an event to one address, now, in a language or else the site's.

    It is made of email/<event>/subject.txt, body.txt and body.html. Raise what the server answers when it did not take
    the mail but may later; an address that it refuses for good is given up. A mail to UNDELIVERABLE is dropped.
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
    if cause := current_id():
        headers["X-Request-ID"] = cause
    message = EmailMultiAlternatives(f"[{settings.SITE_NAME}] {subject}", text + "\n", to=[to], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def _hang_up(connection: Any) -> None:
    """Close the connection; the server took the mail or not, so that no error here may send it a second time."""
    try:
        connection.close()
    except (OSError, SMTPException) as error:
        logger.info("The mail server ended the conversation early: %r", error)
