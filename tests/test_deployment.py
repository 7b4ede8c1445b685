"""The container image, boot.sh, migrate_once and the Procfile."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.db import connection

from microblog.core.locks import exclusive_lock
from scripts.processes import free_port
from tests.helpers.programs import LIMIT_SECONDS, Program, check, site_environment
from tests.helpers.sink import smtp_sink

ROOT = settings.BASE_DIR
TOOLS = Path(sys.executable).parent
NOBODY_THERE = "postgres://microblog@127.0.0.1:9/microblog"


class TestImage:
    def test_dockerfile_has_no_findings(self):
        assert check(TOOLS / "hadolint", "Dockerfile") == ""

    def test_compose_file_matches_its_schema(self):
        check(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")

    def test_compose_file_sets_only_what_the_settings_read(self):
        text = (ROOT / "docker-compose.yml").read_text()
        site = re.search(r"  environment:\n((?:    .+\n)+)", text)
        assert site
        names = re.findall(r"^    ([A-Z_]+):", site[1], re.MULTILINE)
        known = re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
        assert len(names) == len(site[1].splitlines())
        assert set(names) <= set(known)

    def test_boot_is_posix_shell(self):
        # A shell without extensions to POSIX.
        check("dash", "-n", "boot.sh")
        assert not re.search(r"\[\[|\bsource\b|\blocal\b|\bfunction\b", (ROOT / "boot.sh").read_text())
        assert os.access(ROOT / "boot.sh", os.X_OK)

    def test_image_gets_each_app_and_no_secret(self):
        kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
        packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
        assert packages - set(kept) <= {"bench", "tests"}
        assert {name for name in kept if not (ROOT / name).exists()} == set()

    @pytest.mark.programs
    def test_image_has_all_files_that_the_site_needs(self, tmp_path):
        for name in re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE):
            leave_out = shutil.ignore_patterns("__pycache__", "tests")
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, tmp_path / name, ignore=leave_out)
            else:
                shutil.copy(ROOT / name, tmp_path)
        env = site_environment(f"sqlite:///{tmp_path / 'image.db'}", PYTHONPATH="")
        command = [sys.executable, "manage.py", "check"]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.programs
class TestBoot:
    """boot.sh, which becomes the process that it starts."""

    def test_process_replaces_the_shell_and_stops_cleanly(self, tmp_path):
        port = free_port()
        site = f"http://127.0.0.1:{port}"
        env = site_environment(f"sqlite:///{tmp_path / 'boot.db'}", PORT=port)
        with Program("./boot.sh", "web", env=env) as boot:
            boot.wait_for("Booting worker")
            assert "gunicorn" in Path(f"/proc/{boot.process.pid}/cmdline").read_text()
            response = requests.get(f"{site}/auth/login?next=/secret-search", timeout=LIMIT_SECONDS)
            assert response.status_code == 200
            line = boot.wait_for("/auth/login")
            # Log lines, error page and response share the request id; search words are not logged.
            assert response.headers["X-Request-ID"] in line
            assert "secret-search" not in line
            requests.get(f"{site}/auth/reset_password/1-abcdef-0123", timeout=LIMIT_SECONDS)
            assert "abcdef" not in boot.wait_for("/auth/reset_password/…")
            response = requests.get(f"{site}/no%0Asuch%22page", timeout=LIMIT_SECONDS)
            assert response.headers["X-Request-ID"] in boot.wait_for('/no%0Asuch%22page" 404')
            check_alive = subprocess.run(["./boot.sh", "alive"], cwd=ROOT, env=env, check=False)
            assert check_alive.returncode == 0
            assert boot.terminate() == 0
        assert (
            subprocess.run(["./boot.sh", "alive"], cwd=ROOT, env=env, check=False, capture_output=True).returncode == 1
        )

    def test_access_log_is_json_when_the_log_is(self, tmp_path):
        port = free_port()
        env = site_environment(f"sqlite:///{tmp_path / 'boot.db'}", PORT=port, LOG_TO_STDOUT=1, LOG_FORMAT="json")
        with Program("./boot.sh", "web", env=env) as boot:
            boot.wait_for("Booting worker")
            address = f"http://127.0.0.1:{port}/auth/reset_password/1-abcdef-0123?q=searched"
            response = requests.get(address, timeout=LIMIT_SECONDS, allow_redirects=False)
            line = json.loads(boot.wait_for("gunicorn.access"))
            boot.terminate()
        expected = {
            "level": "INFO",
            "logger": "gunicorn.access",
            "message": "GET /auth/reset_password/…",
            "method": "GET",
            "path": "/auth/reset_password/…",
            "status": 302,
            "bytes": 0,
            "ip_address": "127.0.0.1",
            "request_id": response.headers["X-Request-ID"],
        }
        assert {name: line[name] for name in expected} == expected
        assert 0 <= line["milliseconds"] < 30_000
        assert line["time"].startswith("20")
        assert not {word for word in ("abcdef", "searched") if word in "".join(boot.output)}

    def test_boot_waits_for_the_database(self):
        with Program("./boot.sh", "worker", env=site_environment(NOBODY_THERE)) as boot:
            assert boot.wait_for("The database is unavailable", "Upgrade command failed, retrying in 5 secs...")


class TestMigrateOnce:
    def test_second_migration_waits(self, db):
        inside, second = threading.Event(), threading.Event()
        order: list[str] = []

        def wait_in_line() -> None:
            other = connection.copy()
            inside.wait()
            second.set()
            with exclusive_lock(other):
                order.append("second")
            other.close()

        waiting = threading.Thread(target=wait_in_line, daemon=True)
        waiting.start()
        with exclusive_lock(connection):
            inside.set()
            second.wait()
            waiting.join(timeout=0.5)
            order.append("first")
        waiting.join()
        assert order == ["first", "second"]

    def test_lock_is_released_after_an_error(self, db):
        with pytest.raises(ValueError, match="failed"), exclusive_lock(connection):
            raise ValueError("the migration failed")
        with exclusive_lock(connection):
            pass

    @pytest.mark.postgresql
    def test_many_processes_start_at_once_on_an_empty_database(self, db):
        name = f"{connection.settings_dict['NAME']}_once"
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        try:
            url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
            env = site_environment(url)
            command = [sys.executable, "manage.py", "migrate_once"]
            started = [
                subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)
            ]
            outputs = [process.communicate()[0] for process in started]
        finally:
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        assert [process.returncode for process in started] == [0, 0, 0]
        assert sorted("No migrations to apply" in output for output in outputs) == [False, True, True]


@pytest.mark.programs
@pytest.mark.redis
def test_procfile_runs_every_process(redis_url, tmp_path):
    """Run it with Honcho; a sign-up passes through the web process, Redis, the mail worker and an SMTP server."""
    port = free_port()
    with smtp_sink() as sink:
        env = site_environment(
            f"sqlite:///{tmp_path / 'procfile.db'}",
            PORT=port,
            REDIS_URL=redis_url,
            MAIL_SERVER="127.0.0.1",
            MAIL_PORT=sink.port,
            ADMINS="admin@example.org",
        )
        check_migrated = subprocess.run(
            [sys.executable, "manage.py", "migrate_once", "-v0"], cwd=ROOT, env=env, check=False
        )
        assert check_migrated.returncode == 0
        with Program(TOOLS / "honcho", "--no-colour", "start", env=env) as honcho:
            # One worker runs the scheduler's first tick, the other sends the mail.
            honcho.wait_for("Booting worker", "jobs.schedule.tick()", "Listening on microblog-mail")
            sign_up(f"http://127.0.0.1:{port}")
            assert sink.came.wait(timeout=LIMIT_SECONDS)
            honcho.terminate()
    assert sink.received[0]["To"] == "ada@example.org"


def sign_up(site: str) -> None:
    with requests.Session() as browser:
        browser.get(f"{site}/auth/register", timeout=LIMIT_SECONDS)
        password = secrets.token_urlsafe()
        form = {"username": "ada", "email": "ada@example.org", "password1": password, "password2": password}
        token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        url = f"{site}/auth/register"
        response = browser.post(url, form | token, allow_redirects=False, timeout=LIMIT_SECONDS)
        assert response.status_code == 302
