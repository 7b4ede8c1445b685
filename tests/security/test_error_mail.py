"""Error mail contains kind and location of the error, and nothing that users wrote or sent."""

import logging
import sys
import threading

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client
from django.urls import path

from accounts.models import User
from accounts.tests.factories import UserFactory
from jobs.models import Job, Queue
from jobs.worker import run_due
from microblog import urls
from operations.error_mail import ErrorMailHandler

pytestmark = pytest.mark.django_db(transaction=True)

SERVER = "server at 10.0.0.1"
MESSAGE = "a private message"
PRIVATE = (MESSAGE, "in-the-query", "in-a-cookie", "measures twice", "ana@example.com")


@login_not_required
def fail(request):
    body = request.POST.get("body", "")
    raise ValueError(f"cannot read {body!r} of {PRIVATE[-1]}")


def fail_elsewhere(request):
    raise ValueError("another place")


@pytest.fixture(autouse=True)
def _errors_are_mailed(settings, monkeypatch):
    settings.ADMINS = [("", "root@example.com"), ("", "ops@example.com")]
    monkeypatch.setattr(urls, "urlpatterns", [
        path("fail", fail, name="fail"), path("fail_elsewhere", fail_elsewhere, name="fail_elsewhere"),
        *urls.urlpatterns,
    ])  # fmt: skip
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": urls.urlpatterns, "handler500": urls.handler500})
    handler = ErrorMailHandler(logging.ERROR)
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def visitor():
    visitor = Client(raise_request_exception=False)
    visitor.force_login(UserFactory())
    return visitor


def send_mail():
    return run_due(Queue.MAIL)


def log(error):
    """Log a raised error."""
    try:
        raise error
    except type(error):
        logging.getLogger("microblog.test").exception("Failed")


def test_mail_has_only_message_traceback_view_and_request_id(visitor, mailoutbox):
    response = visitor.post(
        "/fail?q=in-the-query",
        {"body": MESSAGE, "password": "measures twice"},
        headers={"Cookie": "visitor=in-a-cookie"},
    )
    assert response.status_code == 500
    assert mailoutbox == []
    send_mail()
    (mail,) = mailoutbox
    assert (mail.subject, mail.to) == ("Microblog Failure", ["root@example.com", "ops@example.com"])
    assert "View: fail" in mail.body
    assert f"Request: {response['X-Request-ID']}" in mail.body
    assert "Traceback" in mail.body
    assert "ValueError: cannot read … of …@…" in mail.body
    for private in PRIVATE:
        assert private not in mail.body
    assert len(mail.body) < 4000
    assert mail.alternatives == []


def test_each_kind_and_location_of_error_is_mailed_once(visitor, mailoutbox):
    for _again in range(3):
        visitor.post("/fail")
        visitor.post("/fail_elsewhere")
    send_mail()
    assert len(mailoutbox) == 2


def test_page_does_not_wait_for_the_mail_server(visitor, settings):
    settings.EMAIL_BACKEND = "no.such.backend"
    assert visitor.post("/fail").status_code == 500
    assert Job.objects.get().task == "operations.tasks.mail_error"


def test_row_in_a_database_error_is_not_mailed(mailoutbox):
    ana = UserFactory(email="ana@example.com", about_me=MESSAGE)
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        User.objects.bulk_create([User(username="b", email=ana.email, about_me=MESSAGE)])
    log(failed.value)
    if connection.vendor == "postgresql":
        with (
            pytest.raises(Exception, match="invalid input") as failed,
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT %s::integer", [MESSAGE])
        log(failed.value)
    send_mail()
    assert mailoutbox
    for mail in mailoutbox:
        for private in PRIVATE:
            assert private not in mail.body
    if connection.vendor == "postgresql":
        assert "23505, user_email_unique" in mailoutbox[0].body


def test_client_errors_are_not_mailed(client, mailoutbox):
    assert client.get("/about", headers={"host": "evil.example"}).status_code == 400
    assert client.post("/auth/login", dict.fromkeys(map(str, range(600)), "x")).status_code == 400
    send_mail()
    assert mailoutbox == []


@pytest.fixture
def outage():
    """Return the log record of an error that names a server."""
    try:
        raise OperationalError(f"could not connect to {SERVER}")
    except OperationalError:
        return logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Failed", (), sys.exc_info())


def join_threads():
    for thread in threading.enumerate():
        if thread.name == "error-mail":
            thread.join()


def test_error_while_the_database_is_unavailable_is_mailed(outage, mailoutbox):
    with transaction.atomic():
        # As if the database were down: every query fails.
        transaction.set_rollback(True)
        ErrorMailHandler().emit(outage)
    join_threads()
    assert len(mailoutbox) == 1
    assert SERVER not in mailoutbox[0].body


def test_error_before_the_apps_are_loaded_is_mailed(outage, mailoutbox):
    handler = ErrorMailHandler()
    handler.enqueue = None
    handler.emit(outage)
    join_threads()
    assert len(mailoutbox) == 1
    assert not Job.objects.exists()
