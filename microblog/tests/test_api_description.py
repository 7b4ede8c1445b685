"""The API does what its description says, whatever it is sent: schemathesis with all of its checks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site
from django.db import connection

from accounts.services import follow_user, register_user
from microblog.tests.contract.hooks import PASSWORD
from posts.services import publish_post

CONTRACT = Path(__file__).with_name("contract")
EXAMPLES = 100


@pytest.mark.postgresql
@pytest.mark.contract
@pytest.mark.django_db(transaction=True)
def test_nothing_contradicts_the_description(live_server, settings):
    settings.API_RATE_LIMITS = dict.fromkeys(site.API_RATE_LIMITS, "1000000/s")
    settings.ACCOUNT_RATE_LIMITS = {}
    caller = register_user(username="ana", email="ana@example.com", password=PASSWORD)
    other = register_user(username="bob", email="bob@example.com", password=None)
    follow_user(other, actor=caller)
    for person in (caller, other):
        publish_post(person, body="Hello")
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={CONTRACT / 'schemathesis.toml'}", "run"]
    command += [f"{live_server.url}/api/schema", f"--max-examples={EXAMPLES}", "--workers=2", "--checks=all"]
    environment = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "microblog.settings"}
    done = subprocess.run(
        command, cwd=site.BASE_DIR, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
