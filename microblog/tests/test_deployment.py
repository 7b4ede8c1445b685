"""What an installation is made of: the image, the parts that run, and what starts them."""

import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.db import connection

from microblog.core.locks import only_one
from microblog.core.tests.sink import smtp_sink
from microblog.tests.programs import Program, site_environment
from scripts.servers import free_port
from scripts.suite import variables

ROOT = settings.BASE_DIR
TOOLS = Path(sys.executable).parent
NOBODY_THERE = "postgres://microblog@127.0.0.1:9/microblog"


def check(*command: str | Path, text: str | None = None) -> str:
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestImage:
    def test_dockerfile_has_no_findings(self):
        assert check(TOOLS / "hadolint", "Dockerfile") == ""

    def test_compose_file_keeps_to_its_schema(self):
        check(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")

    def test_compose_file_sets_only_what_the_settings_read(self):
        text = (ROOT / "docker-compose.yml").read_text()
        site = re.search(r"  environment:\n((?:    .+\n)+)", text)
        assert site
        names = re.findall(r"^    ([A-Z_]+):", site[1], re.MULTILINE)
        known = re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
        assert len(names) > 8
        assert set(names) <= set(known)

    def test_boot_is_posix_shell(self):
        # The shell that knows POSIX and nothing else.
        check("dash", "-n", "boot.sh")
        assert not re.search(r"\[\[|\bsource\b|\blocal\b|\bfunction\b", (ROOT / "boot.sh").read_text())
        assert os.access(ROOT / "boot.sh", os.X_OK)

    def test_image_gets_each_app_and_no_secret(self):
        kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
        packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
        assert packages - set(kept) <= {"bench"}
        assert {name for name in kept if not (ROOT / name).exists()} == set()

    @pytest.mark.programs
    def test_image_gets_all_that_the_site_starts_with(self, tmp_path):
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
    """boot.sh, which stands in the place of the site's own process until it becomes it."""

    def test_part_that_it_starts_takes_its_place_and_ends_in_peace(self, tmp_path):
        port = free_port()
        site = f"http://127.0.0.1:{port}"
        env = site_environment(f"sqlite:///{tmp_path / 'boot.db'}", PORT=port)
        with Program("./boot.sh", "web", env=env) as boot:
            boot.wait_for("Booting worker")
            assert "gunicorn" in Path(f"/proc/{boot.process.pid}/cmdline").read_text()
            response = requests.get(f"{site}/auth/login?next=/secret-search", timeout=30)
            assert response.status_code == 200
            line = boot.wait_for("/auth/login")
            # What its log lines, its error page and its answer share; what was asked for is not logged.
            assert response.headers["X-Request-ID"] in line
            assert "secret-search" not in line
            requests.get(f"{site}/auth/reset_password/1-abcdef-0123", timeout=30)
            assert "abcdef" not in boot.wait_for("/auth/reset_password/…")
            response = requests.get(f"{site}/no%0Asuch%22page", timeout=30)
            assert response.headers["X-Request-ID"] in boot.wait_for('/no%0Asuch%22page" 404')
            check_alive = subprocess.run(["./boot.sh", "alive"], cwd=ROOT, env=env, check=False)
            assert check_alive.returncode == 0
            assert boot.terminate() == 0
        assert (
            subprocess.run(["./boot.sh", "alive"], cwd=ROOT, env=env, check=False, capture_output=True).returncode == 1
        )

    def test_answers_are_objects_too_where_the_log_is_written_so(self, tmp_path):
        port = free_port()
        env = site_environment(f"sqlite:///{tmp_path / 'boot.db'}", PORT=port, LOG_TO_STDOUT=1, LOG_FORMAT="json")
        with Program("./boot.sh", "web", env=env) as boot:
            boot.wait_for("Booting worker")
            address = f"http://127.0.0.1:{port}/auth/reset_password/1-abcdef-0123?q=searched"
            response = requests.get(address, timeout=30, allow_redirects=False)
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
            "address": "127.0.0.1",
            "request_id": response.headers["X-Request-ID"],
        }
        assert {name: line[name] for name in expected} == expected
        assert 0 <= line["milliseconds"] < 30_000
        assert line["time"].startswith("20")
        assert not {word for word in ("abcdef", "searched") if word in "".join(boot.output)}

    def test_it_waits_for_the_database(self):
        with Program("./boot.sh", "worker", env=site_environment(NOBODY_THERE)) as boot:
            boot.wait_for("The database does not answer", "Upgrade command failed, retrying in 5 secs...")


class TestMigrateOnce:
    def test_whoever_comes_second_waits(self, db):
        inside, second = threading.Event(), threading.Event()
        order: list[str] = []

        def wait_in_line() -> None:
            other = connection.copy()
            inside.wait()
            second.set()
            with only_one(other):
                order.append("second")
            other.close()

        waiting = threading.Thread(target=wait_in_line, daemon=True)
        waiting.start()
        with only_one(connection):
            inside.set()
            second.wait()
            waiting.join(timeout=0.5)
            order.append("first")
        waiting.join()
        assert order == ["first", "second"]

    def test_lock_ends_with_an_error(self, db):
        with pytest.raises(ValueError, match="failed"), only_one(connection):
            raise ValueError("the migration failed")
        with only_one(connection):
            pass

    @pytest.mark.postgresql
    def test_many_start_at_once_on_an_empty_database(self, db):
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
def test_procfile_runs_every_part(redis_url, tmp_path):
    """Honcho runs it as it is; a sign-up goes through the web process, Redis, the mail worker and an SMTP server."""
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
            # The scheduler's first tick is carried out by the one worker, and the mail by the other.
            honcho.wait_for("Booting worker", "microblog.core.jobs.tick()", "Listening on microblog-mail")
            sign_up(f"http://127.0.0.1:{port}")
            assert sink.came.wait(timeout=30)
            honcho.terminate()
    assert sink.received[0]["To"] == "ada@example.org"


def sign_up(site: str) -> None:
    with requests.Session() as browser:
        browser.get(f"{site}/auth/register", timeout=30)
        password = secrets.token_urlsafe()
        form = {"username": "ada", "email": "ada@example.org", "password1": password, "password2": password}
        token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        assert (
            browser.post(f"{site}/auth/register", form | token, allow_redirects=False, timeout=30).status_code == 302
        )


@pytest.mark.programs
class TestServer:
    """What stands in deploy/ for a Linux server."""

    def test_units_are_understood_by_systemd(self, tmp_path):
        units = sorted((ROOT / "deploy" / "systemd").iterdir())
        assert len(units) == 6
        for unit in units:
            # The site is not installed at this place here.
            text = unit.read_text().replace("/srv/microblog/current/.venv/bin/python", sys.executable)
            (tmp_path / unit.name).write_text(text.replace("/srv/microblog/current", str(ROOT)))
        names = [path.name.replace("@", "@1") for path in units]
        (tmp_path / "microblog-worker@1.service").symlink_to(tmp_path / "microblog-worker@.service")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--recursive-errors=no", *(tmp_path / name for name in names)],
            capture_output=True,
            text=True,
            env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")

    def test_processes_of_systemd_and_procfile_are_the_same(self):
        units = [unit.read_text() for unit in (ROOT / "deploy" / "systemd").glob("*.service")]
        commands = re.findall(r"^ExecStart=\S+/python (.+)$", "\n".join(units), re.MULTILINE)
        procfile = re.findall(r"python (manage.py rq.+|-m gunicorn.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)
        boot = re.findall(r"set -- python (.+) ;;$", (ROOT / "boot.sh").read_text(), re.MULTILINE)
        assert sorted(commands) == sorted(procfile) == sorted(boot)
        assert len(commands) == 4

    def test_upgrade_makes_a_backup_migrates_and_can_be_taken_back(self, tmp_path):
        home = Path(tmp_path)
        alive = Alive()
        with alive.listening() as port:
            database = home / "site.db"
            (home / "env").write_text(
                f"SECRET_KEY={secrets.token_urlsafe(50)}\nALLOWED_HOSTS=example.org\nLOG_TO_STDOUT=1\n"
                f"DATABASE_URL=sqlite:///{database}\n"
            )
            former = release(home, "releases/former")
            (home / "current").symlink_to(former)
            env = site_environment(f"sqlite:///{database}")
            subprocess.run([sys.executable, "manage.py", "migrate_once", "-v0"], cwd=ROOT, env=env, check=True)
            repository(home / "repository")
            env = {name: value for name, value in os.environ.items() if name not in variables()} | {
                "MICROBLOG_HOME": str(home),
                "MICROBLOG_ENV": str(home / "env"),
                "MICROBLOG_RESTART": f"touch {home / 'restarted'}",
                "PORT": str(port),
                "PYTHON": sys.executable,
            }

            def upgrade(*arguments: str) -> int:
                command = [ROOT / "deploy" / "upgrade", *arguments]
                return subprocess.run(command, env=env, check=False).returncode

            assert upgrade("HEAD") == 0
            new = (home / "current").resolve()
            assert new != former
            assert (home / "former").resolve() == former
            assert (home / "restarted").exists()
            assert len(list((home / "backups").iterdir())) == 1
            with closing(sqlite3.connect(database)) as connection:
                assert connection.execute("SELECT count(*) FROM accounts_user").fetchone() == (0,)

            assert upgrade("--back") == 0
            assert (home / "current").resolve() == former

            alive.answer = 500
            assert upgrade("--back") == 1
            assert (home / "current").resolve() == former

            assert upgrade("no-such-version") != 0
            assert upgrade() == 2


def release(home: Path, name: str) -> Path:
    """An installed release: just what the script looks for in it."""
    folder = home / name
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "alive.py", folder / "scripts")
    shutil.copy(ROOT / "requirements.txt", folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def repository(folder: Path) -> None:
    """A repository whose only commit is the project as it stands here."""
    git = ["git", f"--git-dir={folder / '.git'}", f"--work-tree={ROOT}"]
    check("git", "init", "--quiet", folder)
    check(*git, "add", "--all")
    # Compressing all static files would take longer than all else together.
    path = "microblog/settings.py"
    text = (ROOT / path).read_text().replace("whitenoise.storage.CompressedM", "django.contrib.staticfiles.storage.M")
    blob = check(*git, "hash-object", "-w", "--stdin", text=text).strip()
    check(*git, "update-index", "--cacheinfo", f"100644,{blob},{path}")
    check(*git, "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "commit", "--quiet", "--message=All")


class Alive:
    """Stands for the web process: what is asked is answered with the same status each time."""

    answer = 200

    @contextmanager
    def listening(self) -> Iterator[int]:
        alive = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(alive.answer)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield server.server_address[1]
            finally:
                server.shutdown()


@pytest.fixture
def nginx(tmp_path):
    """Run nginx with the site's configuration on free ports; give the port of the site behind it, and its own two."""
    ports = site, http, https = free_port(), free_port(), free_port()
    changes = {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{site};",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "server_name example.org;": "server_name localhost;",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{https} ssl http2;",
        "/etc/microblog/certs/": f"{tmp_path}/",
        "/var/log/nginx/": f"{tmp_path}/",
        "/srv/microblog/current/staticfiles/": f"{tmp_path}/staticfiles/",
    }
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "staticfiles").mkdir()
    (tmp_path / "staticfiles" / "site.0123456789ab.css").write_text("body {}\n")
    subject = ["-subj", "/CN=example.org", "-addext", "subjectAltName=IP:127.0.0.1"]
    keys = ["-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"]
    check("openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "2", "-nodes", *subject, *keys)
    places = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log stderr notice; events {{}} http {{ {places} {text} }}"
    )
    with Program("nginx", "-c", tmp_path / "nginx.conf", "-p", tmp_path, env=dict(os.environ)) as server:
        server.wait_for("start worker process")
        yield ports


@pytest.mark.programs
@pytest.mark.nginx
def test_site_behind_nginx(nginx, tmp_path):
    port, http, https = nginx
    env = site_environment(
        f"sqlite:///{tmp_path / 'site.db'}", PORT=port, HTTPS=1, TRUSTED_PROXIES=1, ALLOWED_HOSTS="localhost"
    )
    site = f"https://127.0.0.1:{https}"
    with requests.Session() as browser:
        browser.headers["Host"] = "localhost"
        # The certificate above, whatever the environment names.
        browser.trust_env = False
        browser.verify = str(tmp_path / "cert.pem")

        answer = browser.get(f"http://127.0.0.1:{http}/explore?after=5", allow_redirects=False)
        assert answer.status_code == 301
        assert answer.headers["Location"] == "https://localhost/explore?after=5"
        assert browser.get(f"http://127.0.0.1:{http}/api/docs", allow_redirects=False).status_code == 301
        answer = browser.get(f"http://127.0.0.1:{http}/api/users", allow_redirects=False)
        assert (answer.status_code, answer.json()["message"]) == (403, "use HTTPS")

        # Before any process of the site listens.
        answer = browser.get(site)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "away for a moment" in answer.text

        answer = browser.get(f"{site}/static/site.0123456789ab.css")
        assert answer.text == "body {}\n"
        assert answer.headers["Cache-Control"] == f"max-age={30 * 24 * 3600}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

        with Program("./boot.sh", "web", env=env) as boot:
            boot.wait_for("Booting worker")
            answer = browser.get(f"{site}/auth/login?next=/secret-search")
            # Over HTTPS, as the proxy says: no redirect, and cookies for HTTPS alone.
            assert answer.status_code == 200
            assert "__Host-csrftoken" in answer.headers["Set-Cookie"]
            assert "max-age=" in answer.headers["Strict-Transport-Security"]
            request_id = answer.headers["X-Request-ID"]
            assert request_id in boot.wait_for("/auth/login")
            browser.get(f"{site}/auth/reset_password/1-abcdef-0123")
            assert browser.post(f"{site}/auth/login", data=b"x" * 2_000_000).status_code == 413
    log = (tmp_path / "microblog_access.log").read_text()
    assert request_id in log
    assert "secret-search" not in log
    assert "abcdef" not in log
