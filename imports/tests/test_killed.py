"""An import that is killed and started again, as by an operator."""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from tests.helpers.programs import Program, site_environment

pytestmark = pytest.mark.programs

TIMES = 10
COMMAND = [sys.executable, "manage.py", "import_flask_microblog"]
# All that an import writes, without the times and random values of a run.
QUERIES = [
    "SELECT id, username, email, about_me, created_at, last_seen, post_count, follower_count, following_count,"
    " unread_message_count FROM accounts_user ORDER BY id",
    "SELECT key, skeleton, user_id, created_at FROM accounts_username ORDER BY key",
    "SELECT user_id, email, verified FROM account_emailaddress ORDER BY id",
    "SELECT id, author_id, body, body_html, created_at, language, detector_version FROM posts_post ORDER BY id",
    "SELECT rowid, tokens FROM search_postentry ORDER BY rowid",
    "SELECT follower_id, followed_id, created_at FROM relationships_follow ORDER BY id",
    "SELECT id, conversation_id, sender_id, body, sent_at FROM messaging_message ORDER BY id",
    "SELECT conversation_id, user_id, unread_count, read_up_to, last_message_id FROM messaging_participant"
    " ORDER BY id",
    "SELECT original_id, user_id FROM imports_importeduser ORDER BY id",
    "SELECT count(*) FROM imports_importedpost",
    "SELECT marks FROM imports_import",
]


def site(path: Path) -> dict[str, str]:
    """Return the environment of an empty site with its database in a file."""
    environment = site_environment(f"sqlite:///{path}")
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=settings.BASE_DIR, env=environment, check=True)
    return environment


def rows(path: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return [connection.execute(query).fetchall() for query in QUERIES]


def test_import_killed_at_random_points_and_started_again_gives_the_same_rows(sqlite_sample, tmp_path):
    with closing(sqlite3.connect(sqlite_sample.removeprefix("sqlite:///"))) as source:
        # Follows that are left out are printed, so that it is also killed among follows.
        source.execute("INSERT INTO followers SELECT id, id FROM user")
        source.commit()
    command = [*COMMAND, sqlite_sample, "--batch=3"]
    whole = subprocess.run(
        command, cwd=settings.BASE_DIR, env=site(tmp_path / "whole.db"), check=True, capture_output=True, text=True
    )
    lines = len(whole.stdout.splitlines())
    assert lines > 200
    environment, killed = site(tmp_path / "killed.db"), 0
    choice = random.Random(TIMES)
    while killed < TIMES:
        with Program(*command, env=environment) as program:
            for _line in range(choice.randint(1, lines // TIMES - 1)):
                program.wait_for("")
        killed += 1
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True)
    assert rows(tmp_path / "killed.db") == rows(tmp_path / "whole.db")


def test_two_imports_that_begin_at_the_same_time_write_each_row_once(sqlite_sample, tmp_path):
    environment = site(tmp_path / "site.db")
    command = [*COMMAND, sqlite_sample, "--batch=40"]
    with Program(*command, env=environment) as one, Program(*command, env=environment) as other:
        # The end of each: the table, or why it stopped.
        ends = [program.process.stdout.readlines() for program in (one, other)]
        codes = [program.process.wait() for program in (one, other)]
    assert 0 in codes
    for code, lines in zip(codes, ends, strict=True):
        assert code == 0 or "Another import of this source is running" in "".join(lines)
    with closing(sqlite3.connect(tmp_path / "site.db")) as connection:
        tables = ["imports_import", "accounts_user", "posts_post", "relationships_follow", "messaging_message"]
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    assert counts == [1, 20, 400, 114, 151]
