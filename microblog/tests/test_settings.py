import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

EXAMPLE = settings.BASE_DIR / ".env.example"
READ = re.compile(r'\benv\.\w+\(\s*"(\w+)"')


def start(**environment):
    """Load the settings in a process of their own and return what it printed."""
    names = READ.findall((settings.BASE_DIR / "microblog" / "settings.py").read_text())
    # Set but empty, so that a .env file of this checkout has no say.
    environment = os.environ | dict.fromkeys(names, "") | environment
    code = (
        "from microblog import settings as s\n"
        "print(s.DEBUG, s.POSTS_PER_PAGE, s.HTTPS, s.DATABASES['default']['ENGINE'])"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)


def test_every_variable_is_in_the_example_and_no_other():
    read = set(READ.findall((settings.BASE_DIR / "microblog" / "settings.py").read_text()))
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert len(read) > 10
    assert read == listed


def test_nothing_but_the_settings_reads_the_environment():
    modules = [
        path
        for app in ("accounts", "posts", "microblog")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if "tests" not in path.parts and path.name not in ("settings.py", "wsgi.py")
    ]
    assert len(modules) > 30
    assert [path for path in modules if "environ" in path.read_text()] == []


def test_empty_variables_fall_back():
    assert start(DEBUG="1", POSTS_PER_PAGE="").stdout.split() == ["True", "25", "False", "django.db.backends.sqlite3"]


@pytest.mark.parametrize("key", ["", "you-will-never-guess"])
def test_missing_or_published_secret_refuses_to_start_in_public(key):
    refused = start(SECRET_KEY=key)
    assert refused.returncode != 0
    assert "SECRET_KEY must be set" in refused.stderr


def test_public_site_is_https_by_default_and_takes_both_spellings_of_postgresql():
    started = start(SECRET_KEY="x" * 50, LOG_TO_STDOUT="1", DATABASE_URL="postgres://u:p@db/microblog")
    assert started.stdout.split() == ["False", "25", "True", "django.db.backends.postgresql"]
