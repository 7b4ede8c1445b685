"""The steps of docs/coming-from-flask.md work as written."""

import os
import re
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import requests
from django.conf import settings

from scripts.processes import free_port
from scripts.suite import environment
from tests.helpers.programs import Program

TEXT = (settings.BASE_DIR / "docs" / "coming-from-flask.md").read_text()
# Systems of the server: commands run as this user, and services are named only.
SUDO = 'sudo() { case $1 in -u) shift 2; "$@" ;; systemctl | nginx) echo "$@" ;; *) return 1 ;; esac; }\n'


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.mark.programs
def test_commands_work_in_order(sqlite_sample, tmp_path):
    source = Path(sqlite_sample.removeprefix("sqlite:///"))
    before = sha256(source.read_bytes()).digest()
    env = environment(f"sqlite:///{tmp_path / 'site.db'}") | {"CONFIGURATION": "testing"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=settings.BASE_DIR, env=env, check=True)
    script = "".join(blocks("sh"))
    for written, here in {
        "/srv/microblog/current": str(settings.BASE_DIR),
        "sqlite:////srv/flask-microblog/app.db": sqlite_sample,
        ".venv/bin/python": sys.executable,
    }.items():
        assert written in script
        script = script.replace(written, here)
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{SUDO}{script}"],
        env=os.environ | env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Nothing was written." in done.stdout
    assert "systemctl stop microblog-web.socket" in done.stdout
    assert sha256(source.read_bytes()).digest() == before
    with sqlite3.connect(tmp_path / "site.db") as site:
        assert site.execute("SELECT count(*) FROM accounts_user").fetchone() == (20,)
        superusers = "SELECT username FROM accounts_user WHERE is_superuser"
        assert site.execute(superusers).fetchall() == [("susan",)]
    site.close()


@pytest.mark.nginx
@pytest.mark.programs
def test_rules_lead_from_former_urls_to_those_of_today(tmp_path):
    (outside, inside), port = blocks("nginx"), free_port()
    user = "user root;" if os.getuid() == 0 else ""
    server = f"server {{ listen 127.0.0.1:{port}; {inside} location / {{ return 200 site; }} }}"
    places = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log stderr notice; events {{}}\n"
        f"http {{ access_log off; {places}\n{outside}\n{server} }}"
    )
    found = {
        "/index": "/",
        "/index?page=2": "/",
        "/?page=3": "/",
        "/explore?page=2": "/explore",
        "/user/O%27Brien?page=2": "/user/O%27Brien",
        "/user/a%0D%0Ab?x=1&page=2": "/user/a%0D%0Ab",
        "/messages?page=2": "/messages",
        "/search?q=a&page=2": None,
        "/api/users?page=2": None,
        "/user/ana/followers?page=2": None,
        "/explore?before=7": None,
        "/indexes": None,
        "/": None,
    }
    with Program("nginx", "-c", tmp_path / "nginx.conf", "-p", tmp_path, env=dict(os.environ)) as nginx:
        nginx.wait_for("start worker process")
        for url, target in found.items():
            response = requests.get(f"http://127.0.0.1:{port}{url}", allow_redirects=False, timeout=10)
            location = response.headers.get("Location")
            assert (response.status_code, location) == (
                (301, f"https://127.0.0.1{target}") if target else (200, None)
            ), url
