"""Log lines, jobs and mails of a request share its ID; errors are reported without user input."""

import json
import logging
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import brotli
import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounts.tests.factories import UserFactory
from jobs.models import Job, Queue
from jobs.worker import run_due, run_due_everywhere
from microblog.core import requests
from operations.logs import OutageFilter, RequestIdFilter
from tests.helpers import ledger

# Starts the site and fails in a request with private data and secrets.
FAILING_SITE = """
import django; django.setup()
from django.contrib.auth.decorators import login_not_required
from django.test import Client
from django.urls import path
from microblog import urls

@login_not_required
def fail(request):
    secret = "in a variable"
    raise ValueError("what went wrong")

urls.urlpatterns.insert(0, path("fail", fail, name="fail"))
Client(raise_request_exception=False).post("/fail?q=in-the-query", {"body": "in the form"},
                                           headers={"Cookie": "visitor=in-a-cookie"})
"""


def run_site(code, **environment):
    given = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "testserver", "HTTPS": "0", "LOG_TO_STDOUT": "1"}
    given["CONFIGURATION"] = "production"
    given["DJANGO_SETTINGS_MODULE"] = "microblog.settings"
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=os.environ | given | environment,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.django_db(transaction=True)
class TestRequestId:
    def test_request_id_is_passed_to_the_job_and_the_mail(self, client, mailoutbox):
        UserFactory(email="ana@example.com")
        response = client.post("/auth/reset_password_request", {"email": "ana@example.com"})
        assert Job.objects.get().request_id == response["X-Request-ID"]
        run_due_everywhere()
        assert mailoutbox[0].extra_headers["X-Request-ID"] == response["X-Request-ID"]

    def test_log_lines_of_the_job_have_it(self, caplog):
        caplog.handler.addFilter(RequestIdFilter())
        with requests.use_request_id("a" * 32):
            ledger.fail.enqueue()
        run_due(Queue.TASKS)
        (record,) = (record for record in caplog.records if "failed at attempt" in record.message)
        assert record.request_id == "a" * 32
        assert requests.request_id.get() == "-"

    def test_job_without_request_and_mixed_batch_have_their_own(self, caplog):
        caplog.handler.addFilter(RequestIdFilter())
        ledger.fail.enqueue()
        for number, cause in enumerate("ab"):
            with requests.use_request_id(cause * 32):
                Job.objects.create(task="nosuch.module.task", args=[number], queue=Queue.TASKS, request_id=cause * 32)
        run_due(Queue.TASKS)
        ids = {record.request_id for record in caplog.records if "failed at attempt" in record.message}
        assert len(ids) == 3
        assert all(len(id_) == 32 for id_ in ids)


class TestJsonLines:
    def test_each_line_is_an_object_that_names_the_request(self, tmp_path):
        output = run_site(FAILING_SITE, LOG_FORMAT="json", DATABASE_URL=f"sqlite:///{tmp_path}/db").stdout
        lines = [json.loads(line) for line in output.splitlines()]
        (error,) = (line for line in lines if line["level"] == "ERROR")
        assert error["message"] == "Internal Server Error: /fail"
        assert "what went wrong" in error["exc_info"]
        assert len(error["request_id"]) == 32
        assert error["time"].startswith("20")
        for secret in ("in-the-query", "in the form", "in-a-cookie"):
            assert secret not in output


VISIT = """
import django; django.setup()
from django.test import Client
from operations.metrics import exposition
Client().get("/robots.txt")
print(exposition().decode())
"""


def test_processes_of_one_machine_share_response_counts(tmp_path):
    shared = {"METRICS_FOLDER": str(tmp_path / "metrics"), "DATABASE_URL": f"sqlite:///{tmp_path}/db"}
    run_site(VISIT, **shared)
    assert 'microblog_response_seconds_count{status="200",view="robots_txt"} 2.0' in run_site(VISIT, **shared).stdout


class Collector(BaseHTTPRequestHandler):
    """Receives reports as Sentry does."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(brotli.decompress(body).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


class TestReports:
    @pytest.fixture
    def server(self):
        server = HTTPServer(("127.0.0.1", 0), Collector)
        server.received = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
        server.server_close()

    def test_error_report_has_no_user_input(self, server, tmp_path):
        dsn = f"http://key@127.0.0.1:{server.server_port}/1"
        run_site(FAILING_SITE, SENTRY_DSN=dsn, DATABASE_URL=f"sqlite:///{tmp_path}/db")
        (report,) = (report for report in server.received if '"type":"event"' in report)
        assert "what went wrong" in report
        assert '"request_id"' in report
        for secret in ("in a variable", "in-the-query", "in the form", "in-a-cookie", "x" * 50):
            assert f": {secret}" not in report and f'"{secret}' not in report and f"={secret}" not in report

    def test_nothing_is_reported_without_a_dsn(self, server, tmp_path):
        run_site(FAILING_SITE, DATABASE_URL=f"sqlite:///{tmp_path}/db")
        assert server.received == []


def test_unavailable_database_is_mailed_about_once(monkeypatch):
    outage = OutageFilter()

    def passes(error):
        record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Failed", (), (None, error, None))
        return outage.filter(record)

    errors = [OperationalError(), ValueError(), OperationalError(), InterfaceError(), ValueError()]
    assert [passes(error) for error in errors] == [True, True, False, False, True]
    outage.quiet_until = 0
    assert passes(OperationalError())
