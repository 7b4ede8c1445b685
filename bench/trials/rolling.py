"""
Restart the site under load, then put a new release with a migration into service, and count failed requests.

    python -m bench.trials.rolling [--seconds 60]

Four connections ask for pages and write posts all the time. gunicorn is sent HUP after an eighth of it; after a
quarter deploy/upgrade brings the new release, and the load lasts until that is in service. The address is held as
systemd holds it. The exit status is 1 when one request failed or the new release is not in service at the end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

from bench.trials.site import Answer, Member, Site, load
from scripts.environment import ROOT, VENV
from scripts.processes import HOST, Process

CONNECTIONS = 4
PAGES = ("/", "/explore", "/user/member1", "/user/member2/popup")
# What the new release changes: a column that the old one does not know.
MIGRATION = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("posts", "{newest}")]
    operations = [migrations.RunSQL("ALTER TABLE posts_post ADD COLUMN trial integer", migrations.RunSQL.noop)]
"""


class Activated(Process):
    """A service with a socket that is kept for it, as by systemd."""

    is_kept = True

    def __init__(self, part: Process) -> None:
        self.listener = socket.create_server((HOST, part.port), backlog=2048)
        descriptor = self.listener.fileno()
        script = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&{descriptor}'
        super().__init__(part.name, ["sh", "-c", script, "sh", *part.command], part.log.parent, part.port)
        self.options = part.options | {"pass_fds": [descriptor]}


class Load:
    """What is asked all the time, and what came of it."""

    def __init__(self, members: list[Member]) -> None:
        self.members, self.numbers = members, count()
        self.answers: list[Answer] = []

    def act(self) -> None:
        number = next(self.numbers)
        member = self.members[number % len(self.members)]
        if number % 10:
            answer = member.get(PAGES[number % len(PAGES)])
        else:
            answer = member.post("/", {"body": f"Post number {number} while the site restarts"})
        self.answers.append(answer._replace(text=""))

    def failed(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status not in (200, 302)]


def main() -> int:
    """Run the trial and print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with Site(web_workers=2) as site:
        return trial(site, site.folder / "server", options.seconds)


def trial(site: Site, home: Path, seconds: int) -> int:
    """Serve the first release, restart it, put the second in its place."""
    members = site.prepare()
    (home / "releases").mkdir(parents=True)
    (home / "releases" / "first").symlink_to(ROOT)
    (home / "current").symlink_to(home / "releases" / "first")
    (home / "env").write_text("")
    make_release(home / "repository")
    python = VENV / "bin" / "python"
    site.web.options["cwd"] = home / "current"
    web = site.web = Activated(site.web)
    print(f"first page {site.start():.2f} s after the start")

    restart = home / "restart"
    restart.write_text(f"#!/bin/sh\nkill -TERM $(cat {home}/pid)\n")
    restart.chmod(0o755)
    upgrade_environment = site.environment | {
        "MICROBLOG_HOME": str(home),
        "MICROBLOG_ENV": str(home / "env"),
        "MICROBLOG_RESTART": str(restart),
        "PYTHON": str(python),
    }
    traffic = Load(members)
    begin = time.time()
    moments = {"HUP": begin + seconds / 8, "upgrade": begin + seconds / 4}
    with load([traffic.act] * CONNECTIONS):
        time.sleep(moments["HUP"] - time.time())
        os.kill(web.pid, signal.SIGHUP)
        time.sleep(moments["upgrade"] - time.time())
        (home / "pid").write_text(str(web.pid))
        done = subprocess.run([ROOT / "deploy" / "upgrade", "HEAD"], env=upgrade_environment, check=False)
        upgraded = time.time()
        time.sleep(max(0, begin + seconds - time.time()))
    return report(site, traffic, moments, home, done.returncode, upgraded - moments["upgrade"])


def make_release(folder: Path) -> None:
    """Make a repository whose only commit is this project and one migration more."""
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, stdout=-1
    ).stdout
    for name in names.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    newest = max(path.stem for path in (ROOT / "posts" / "migrations").glob("0*.py"))
    (folder / "posts" / "migrations" / "9999_trial.py").write_text(MIGRATION.format(newest=newest))
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "--quiet", "--message=Trial"], cwd=folder, check=True)


def report(
    site: Site, traffic: Load, moments: dict[str, float], home: Path, status: int, upgrade_seconds: float
) -> int:
    """Print the counts; return the exit status."""
    failed, answers = traffic.failed(), traffic.answers
    for answer in failed[:10]:
        print(f"failed: {answer}")
    waits = [answer.answered - answer.asked for answer in answers]
    (columns,) = site.query("SELECT count(*) FROM information_schema.columns WHERE column_name = 'trial'")
    is_new = (home / "current").resolve().name != ROOT.name and status == 0 and columns == (1,)
    print(f"{len(answers)} requests over {CONNECTIONS} connections, {len(failed)} failed")
    print(f"half within {statistics.median(waits):.2f} s, the longest {max(waits):.1f} s")
    ends = [*list(moments.values())[1:], float("inf")]
    for (name, begin), end in zip(moments.items(), ends, strict=True):
        after = [answer.answered - answer.asked for answer in answers if begin < answer.asked < end]
        print(f"longest after {name}: {max(after, default=0):.1f} s")
    print(f"upgrade: exit status {status}, {upgrade_seconds:.0f} s; new release in service: {is_new}")
    return int(bool(failed) or not is_new)


if __name__ == "__main__":
    sys.exit(main())
