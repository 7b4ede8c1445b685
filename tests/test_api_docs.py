"""Every command of docs/api.md works."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_commands_work_in_order(live_server):
    UserFactory(username="susan", password="microblog-demo")
    text = (settings.BASE_DIR / "docs" / "api.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    script = "set -euo pipefail\n" + "".join(blocks).replace("http://localhost:8000", live_server.url)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-x", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    # What a shell prints for each command, including those in $( ).
    assert len(re.findall(r"^\++ curl ", done.stderr, re.MULTILINE)) == len(
        re.findall(r"(?:^|\$\()curl ", text, re.MULTILINE)
    )
    assert done.stdout.count("Time for tea") == 2
    assert "Time for more tea" in done.stdout
