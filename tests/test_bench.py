"""The measurements start: their modules can be imported, and the site accepts their settings."""

import subprocess
from importlib import import_module
from pathlib import Path

import pytest

import bench
from bench.load.__main__ import UNLIMITED
from bench.settings import production
from scripts.environment import PYTHON, ROOT

FOLDER = Path(bench.__file__).parent
# Those of bench.languages need packages that only they use.
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("data", "load", "trials")
    for path in sorted((FOLDER / folder).glob("*.py"))
]


@pytest.mark.parametrize("module", MODULES)
def test_module_can_be_imported(module):
    import_module(module)


def test_site_accepts_the_settings_of_measurements(tmp_path):
    settings = production(f"sqlite:///{tmp_path}/bench.db", WEB_CONCURRENCY="2", **UNLIMITED)
    command = [PYTHON, "manage.py", "check", "--tag", "urls"]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
