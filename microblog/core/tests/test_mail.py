"""Mail, sent to a real SMTP server where the conversation matters."""

import logging
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from types import SimpleNamespace

import pytest
from aiosmtpd.smtp import SMTP
from django.core import mail

from microblog.core.mail import get_mail_notice, send_email
from microblog.core.site_urls import absolute_url
from tests.helpers.sink import Hasty, smtp_sink

PERSON = SimpleNamespace(username="<b>susan</b>")
CONTEXT = {"person": PERSON, "url": "https://example.org/auth/reset_password/1-token?a=1&b=2", "minutes": 10}


@pytest.fixture(params=[SMTP, Hasty], ids=["polite", "hasty"])
def sink(request, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAIL_GOES_TO = "mailbox"
    with smtp_sink(request.param) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def test_mail_has_text_and_html_and_is_marked_as_auto_generated(sink, settings):
    settings.SITE_URL = "https://microblog.example"
    send_email("password_reset", "susan@example.com", CONTEXT, attachments=[("posts.json", b"[]", "application/json")])
    (message,) = sink.received
    assert message["Subject"] == "[Microblog] Reset Your Password"
    assert (message["From"], message["To"]) == (settings.DEFAULT_FROM_EMAIL, "susan@example.com")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@microblog.example>")
    text = message.get_body(["plain"]).get_content()
    html = message.get_body(["html"]).get_content()
    lines = [
        "Dear <b>susan</b>,",
        "To reset your password click on the following link:",
        CONTEXT["url"],
        "If you have not requested a password reset simply ignore this message.",
        "Sincerely,",
        "The Microblog Team",
    ]
    assert [line for line in text.splitlines() if line in lines] == lines
    assert "Dear &lt;b&gt;susan&lt;/b&gt;," in html
    link = CONTEXT["url"].replace("&", "&amp;")
    assert f'To reset your password <a href="{link}">click here</a>.' in html
    assert "Alternatively, you can paste the following link in your browser's address bar:" in html
    assert html.count(f">{link}</a>") == 1
    assert html.count('class="button"') == 1
    (attachment,) = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type()) == ("posts.json", "application/json")
    assert attachment.get_content() == b"[]"


def test_accepted_mail_is_sent_once_however_the_server_closes_the_connection(sink):
    send_email("password_reset", "susan@example.com", CONTEXT)
    assert len(sink.received) == 1


def test_temporary_smtp_error_is_raised_and_permanent_one_is_given_up(sink, caplog):
    sink.answers = ["450 Mailbox busy"]
    with pytest.raises(SMTPRecipientsRefused):
        send_email("password_reset", "susan@example.com", CONTEXT)
    sink.answers = ["550 No such mailbox"]
    send_email("password_reset", "unknown@example.com", CONTEXT)
    assert sink.received == []
    assert "refuses the recipient of password_reset" in caplog.text
    assert "unknown@example.com" not in caplog.text


def test_unavailable_server_raises_an_error_so_that_the_job_is_retried(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAIL_GOES_TO, settings.EMAIL_HOST, settings.EMAIL_PORT = "mailbox", "127.0.0.1", 1
    with pytest.raises((OSError, SMTPResponseException)):
        send_email("password_reset", "susan@example.com", CONTEXT)


def test_without_outgoing_mail_only_a_log_record_without_secrets_is_kept(settings, caplog):
    settings.MAIL_GOES_TO = "nowhere"
    with caplog.at_level(logging.DEBUG):
        send_email("password_reset", "susan@example.com", CONTEXT)
    assert mail.outbox == []
    assert caplog.messages == ["Outgoing mail is off, so password_reset was not sent"]


@pytest.mark.parametrize(
    ("goes_to", "words"),
    [("mailbox", ""), ("console", "printed on the server's console"), ("nowhere", "no email was sent")],
)
def test_mail_notice_depends_on_where_mail_goes(settings, goes_to, words):
    settings.MAIL_GOES_TO = goes_to
    assert words in str(get_mail_notice())
    assert bool(get_mail_notice()) is bool(words)


@pytest.mark.parametrize(("operator", "is_promised"), [("", False), ("Susan Ltd", True)])
def test_about_page_is_mentioned_only_if_it_names_the_operator(client, db, settings, operator, is_promised):
    settings.MAIL_GOES_TO, settings.OPERATOR_NAME = "nowhere", operator
    assert ("About page" in get_mail_notice()) is is_promised
    assert ("About page" in client.get("/auth/inactive").content.decode()) is is_promised
    assert (b"has not published a name" in client.get("/about").content) is not is_promised


def test_links_are_absolute(settings):
    settings.SITE_URL = "https://microblog.example"
    assert absolute_url("posts:profile", "susan") == "https://microblog.example/user/susan"
