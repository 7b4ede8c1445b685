"""No log contains secrets of mailed links or email addresses, from any logger."""

import json
import logging
from io import StringIO

import pytest

from operations.logs import JsonFormatter, scrub
from tests.helpers.cost import affordable

SECRETS = [
    ("/auth/reset_password/1-abc123-0f9e", "/auth/reset_password/…"),
    ("Not Found: /auth/confirm_email/MQ:1tXy:s3cr3t", "Not Found: /auth/confirm_email/…"),
    ("GET /auth/reset_password/1-abc?x=1 404", "GET /auth/reset_password/…?x=1 404"),
    ("/auth/login?next=%2Fauth%2Fconfirm_email%2FMQ%3A1tXy", "/auth/login?next=%2Fauth%2Fconfirm_email%2F…"),
    ("sent to Ana.Maria+x@mail.example.com, refused", "sent to …@…, refused"),
    ("?email=ana%40example.com&x", "?email=…@…&x"),
    ("josé@exámple.com", "…@…"),
]
HARMLESS = ["/auth/reset_password_request", "@ana wrote", "/user/ana", "Retry in 5 s at 10:00", "@transaction.atomic"]


@pytest.fixture(params=["microblog.anything", "django.request", "gunicorn.error", "allauth", "root"])
def logged(request):
    """Return a function that logs with a logger and returns the plain line and the JSON line."""
    logger = logging.getLogger(request.param)
    streams = StringIO(), StringIO()
    handlers = [logging.StreamHandler(stream) for stream in streams]
    handlers[1].setFormatter(JsonFormatter("%(message)s"))
    for handler in handlers:
        logger.addHandler(handler)

    def log(*args, **kwargs):
        logger.error(*args, **kwargs)
        return streams[0].getvalue(), json.dumps(json.loads(streams[1].getvalue()), ensure_ascii=False)

    yield log
    for handler in handlers:
        logger.removeHandler(handler)


@pytest.mark.parametrize(("text", "left"), SECRETS)
def test_secrets_of_links_and_email_addresses_are_replaced(text, left):
    assert scrub(text) == left


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_kept(text):
    assert scrub(text) == text


def test_long_text_is_scrubbed_quickly():
    for part in ("a", "a.", "a@", "/auth/reset_password/", "%40"):
        with affordable(part):
            scrub(part * 20_000)


def test_messages_arguments_and_tracebacks_are_scrubbed(logged):
    secret, address = "1-abc123-0f9e", "ana@example.com"
    try:
        raise ValueError(f"no mail to {address} about /auth/reset_password/{secret}")
    except ValueError:
        lines = logged(f"{address} failed at %s for %r", f"/auth/reset_password/{secret}", [address], exc_info=True)
    for line in lines:
        assert "Traceback" in line
        assert secret not in line
        assert address not in line
        assert "/auth/reset_password/…" in line


@pytest.mark.django_db
def test_refused_link_is_logged_without_its_secret(client, caplog):
    with caplog.at_level(logging.INFO):
        client.get("/auth/confirm_email/MQ:1tXy:s3cr3t/more")
    assert "/auth/confirm_email/…" in caplog.text
    assert "s3cr3t" not in caplog.text
