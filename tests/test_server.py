"""The files in deploy/ for a Linux server, and the site behind nginx."""

import gzip
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

import brotli
import pytest
import requests
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from scripts.processes import free_port
from scripts.suite import variables
from tests.helpers.browser import PATIENCE
from tests.helpers.programs import Program, check, site_environment
from tests.helpers.weight import COLD_HOME_BAR, fill_home

ROOT = settings.BASE_DIR
# Static files of the site: `collectstatic` compresses those that get smaller.
STATIC_FILES = {
    "site.0123456789ab.css": b"body {}\n",
    "site.0123456789ab.css.br": brotli.compress(b"body {}\n"),
    "site.0123456789ab.css.gz": gzip.compress(b"body {}\n"),
    "page.0123456789ab.js": b"export {};\n",
    "page.0123456789ab.js.br": brotli.compress(b"export {};\n"),
    "icon.0123456789ab.svg": b"<svg/>\n",
    "icon.0123456789ab.png": b"\x89PNG",
}


@pytest.mark.programs
class TestServer:
    """Units and the upgrade script in deploy/."""

    def test_units_are_valid_for_systemd(self, tmp_path):
        units = sorted((ROOT / "deploy" / "systemd").iterdir())
        assert len(units) == 6
        for unit in units:
            # The site is not installed at this path here.
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
        boot = re.findall(r"set -- (?:nice -n 5 )?python (.+) ;;$", (ROOT / "boot.sh").read_text(), re.MULTILINE)
        assert sorted(commands) == sorted(procfile) == sorted(boot)
        assert len(commands) == 4

    def test_upgrade_makes_a_backup_migrates_and_can_be_rolled_back(self, tmp_path):
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
    """Create a release with the files that the script uses."""
    folder = home / name
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "alive.py", folder / "scripts")
    shutil.copy(ROOT / "requirements.txt", folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def repository(folder: Path) -> None:
    """Create a repository whose only commit is the working tree."""
    git = ["git", f"--git-dir={folder / '.git'}", f"--work-tree={ROOT}"]
    check("git", "init", "--quiet", folder)
    check(*git, "add", "--all")
    # Compressing all static files would take longer than everything else.
    path = "microblog/settings/production.py"
    text = (ROOT / path).read_text().replace("whitenoise.storage.CompressedM", "django.contrib.staticfiles.storage.M")
    blob = check(*git, "hash-object", "-w", "--stdin", text=text).strip()
    check(*git, "update-index", "--cacheinfo", f"100644,{blob},{path}")
    check(*git, "-c", "user.name=Ana", "-c", "user.email=ana@example.org", "commit", "--quiet", "--message=All")


class Alive:
    """A stub of the web process that responds with the same status to every request."""

    answer = 200

    @contextmanager
    def listening(self) -> Iterator[int]:
        alive = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(alive.answer)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Log nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield server.server_address[1]
            finally:
                server.shutdown()


@pytest.fixture
def nginx(request, tmp_path):
    """
    Run nginx with the site's configuration on free ports; return the port of the site behind it, and its own two.

    It proxies to the live server of a test that has one. Like Debian's, it compresses uncompressed HTML.
    """
    is_live = "live_server" in request.fixturenames
    site = request.getfixturevalue("live_server").thread.port if is_live else free_port()
    ports = _site, http, https = site, free_port(), free_port()
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
        # The limits do not refill while a slow machine sends its requests.
        "rate=30r/s;": "rate=1r/m;",
        "rate=5r/s;": "rate=1r/m;",
    }
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "staticfiles").mkdir()
    for name, content in STATIC_FILES.items():
        (tmp_path / "staticfiles" / name).write_bytes(content)
    subject = ["-subj", "/CN=example.org", "-addext", "subjectAltName=IP:127.0.0.1"]
    keys = ["-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"]
    check("openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "2", "-nodes", *subject, *keys)
    places = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    server = f"gzip on; {places} {text}"
    (tmp_path / "nginx.conf").write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log stderr notice; events {{}} http {{ {server} }}"
    )
    with Program("nginx", "-c", tmp_path / "nginx.conf", "-p", tmp_path, env=dict(os.environ)) as server:
        server.wait_for("start worker process")
        yield ports


@pytest.mark.programs
@pytest.mark.nginx
def test_site_works_behind_nginx(nginx, tmp_path):
    port, http, https = nginx
    env = site_environment(
        f"sqlite:///{tmp_path / 'site.db'}", PORT=port, HTTPS=1, TRUSTED_PROXIES=1, ALLOWED_HOSTS="localhost"
    )
    site = f"https://127.0.0.1:{https}"
    with requests.Session() as browser:
        browser.headers["Host"] = "localhost"
        # Verify with the certificate above, whatever the environment sets.
        browser.trust_env = False
        browser.verify = str(tmp_path / "cert.pem")

        answer = browser.get(f"http://127.0.0.1:{http}/explore?after=5", allow_redirects=False)
        assert answer.status_code == 301
        assert answer.headers["Location"] == "https://localhost/explore?after=5"
        assert browser.get(f"http://127.0.0.1:{http}/api/docs", allow_redirects=False).status_code == 301
        answer = browser.get(f"http://127.0.0.1:{http}/api/users", allow_redirects=False)
        assert (answer.status_code, answer.json()["message"]) == (403, "use HTTPS")

        # While no process of the site is listening.
        answer = browser.get(site)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "temporarily unavailable" in answer.text

        answer = browser.get(f"{site}/static/site.0123456789ab.css")
        assert answer.text == "body {}\n"
        assert answer.headers["Cache-Control"] == f"max-age={30 * 24 * 3600}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

        with Program("./boot.sh", "web", env=env) as boot:
            boot.wait_for("Booting worker")
            answer = browser.get(f"{site}/auth/login?next=/secret-search")
            # Over HTTPS, as the proxy's header says: no redirect, and secure cookies.
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


@pytest.mark.programs
@pytest.mark.nginx
@pytest.mark.parametrize(
    ("accepted", "name", "coding", "kind"),
    [
        ("gzip, deflate, br, zstd", "site.0123456789ab.css", "br", "text/css; charset=utf-8"),
        ("br;q=0.5,gzip;q=0.1", "page.0123456789ab.js", "br", "text/javascript; charset=utf-8"),
        ("gzip, br;q=0", "site.0123456789ab.css", "gzip", "text/css"),
        ("gzip", "site.0123456789ab.css", "gzip", "text/css"),
        ("brx", "page.0123456789ab.js", None, "application/javascript"),
        ("", "site.0123456789ab.css", None, "text/css"),
        ("gzip, br", "icon.0123456789ab.svg", None, "image/svg+xml"),
        ("gzip, br", "icon.0123456789ab.png", None, "image/png"),
    ],
)
def test_nginx_serves_precompressed_files(nginx, tmp_path, accepted, name, coding, kind):
    _port, _http, https = nginx
    url = f"https://127.0.0.1:{https}/static/{name}"
    with requests.Session() as browser:
        browser.trust_env = False
        browser.verify = str(tmp_path / "cert.pem")
        answer = browser.get(url, headers={"Accept-Encoding": accepted}, stream=True)
        assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, coding)
        assert (answer.headers["Content-Type"], answer.headers["Vary"]) == (kind, "Accept-Encoding")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        decode = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
        assert decode(answer.raw.read()) == STATIC_FILES[name]
        assert browser.get(f"{url}x", headers={"Accept-Encoding": accepted}).status_code == 404


@pytest.mark.programs
@pytest.mark.nginx
@pytest.mark.django_db(transaction=True)
def test_nginx_leaves_html_compressed_once(live_server, nginx, tmp_path):
    _port, _http, https = nginx
    with requests.Session() as browser:
        browser.trust_env = False
        browser.verify = str(tmp_path / "cert.pem")
        url = f"https://127.0.0.1:{https}/about"
        headers = {"Host": "localhost", "Accept-Encoding": "br, gzip"}
        answer = browser.get(url, headers=headers, stream=True)
        assert answer.headers["Content-Encoding"] == "gzip"
        varies = [name.strip() for name in answer.headers["Vary"].split(",")]
        assert varies.count("Accept-Encoding") == 1
        assert {"Accept-Language", "Cookie"} <= set(varies)
        assert b"<html" in gzip.decompress(answer.raw.read())


@pytest.mark.programs
@pytest.mark.nginx
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_home_behind_nginx_is_light_in_a_browser_with_a_cold_cache(
    browser, live_server, nginx, tmp_path, ana, settings
):
    # Their HTML has the URLs of static files, which are others here than in other tests.
    settings.PERFORMANCE_CACHES = False
    settings.STATIC_ROOT = tmp_path / "staticfiles"
    storage = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": storage}
    call_command("collectstatic", interactive=False, verbosity=0)
    fill_home(ana)
    _port, _http, https = nginx
    client = Client()
    client.force_login(ana)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    with browser.new_context(ignore_https_errors=True) as context:
        context.add_cookies([{**cookie, "url": f"https://localhost:{https}"}])
        context.set_default_timeout(PATIENCE)
        page, loaded = context.new_page(), []
        page.on("requestfinished", lambda request: loaded.append(request))  # noqa: PLW0108 - Playwright marks its handlers
        page.goto(f"https://localhost:{https}/")
        page.wait_for_load_state("networkidle")
        assert page.locator("article").count() == 25
        entries = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name.split('#')[0])")
        headers = {request.url: request.response().headers for request in loaded}
    # Playwright's sizes include the headers with HTTP/2.
    sizes = {url: int(sent["content-length"]) for url, sent in headers.items()}
    assert set(sizes) == {f"https://localhost:{https}/", *entries}
    assert {sent.get("content-encoding") for url, sent in headers.items() if "/static/" in url} == {"br"}
    assert sum(sizes.values()) <= COLD_HOME_BAR, sizes


@pytest.mark.programs
@pytest.mark.nginx
def test_nginx_limits_requests_before_they_reach_the_site(nginx, tmp_path):
    _port, _http, https = nginx

    def flood(method: str, path: str, count: int) -> list[requests.Response]:
        with requests.Session() as browser:
            browser.trust_env = False
            browser.verify = str(tmp_path / "cert.pem")
            return [browser.request(method, f"https://127.0.0.1:{https}{path}") for _ in range(count)]

    # No process of the site is listening: requests that nginx passes on get 503.
    answers = flood("POST", "/auth/login", 60)
    statuses = [answer.status_code for answer in answers]
    assert statuses == [503] * 31 + [429] * 29
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["Retry-After"]
    assert "Please try again" in refused.text
    # Reads are still allowed, up to their own limit.
    assert [answer.status_code for answer in flood("GET", "/explore", 50)] == [503] * 50
    refused = next(answer for answer in flood("GET", "/api/users", 400) if answer.status_code == 429)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Retry-After"]
    assert refused.json()["status"] == 429
