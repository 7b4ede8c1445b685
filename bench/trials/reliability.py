"""
Stop and start PostgreSQL, Redis, Elasticsearch and the mail server in turn under mixed load, and count what is lost.

    python -m bench.trials.reliability [--seconds 180]

People read, search, write posts and messages and ask for reset mails all the time; what is refused is sent again with
the same key, as a browser does after a 503. It prints the table of docs/reliability.md. The exit status
is 1 when anything was lost or came twice, when an answer was a 5xx for another reason than PostgreSQL, or when one of
those did not say when to come again.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import count
from typing import NamedTuple, Protocol

import psycopg2

from bench.table import heading, row
from bench.trials.site import FALLBACK, MEMBERS, Answer, Member, SearchingSite, Site, load, mail_to
from scripts.processes import wait_until
from tests.helpers.sink import Sink, smtp_sink

DOWN_SECONDS, BEFORE_SECONDS, DRAIN_SECONDS = 20, 10, 180
# Each account requests at most one reset mail, so that each can be identified.
FORGETFUL = 400
NO_LIMIT = "1000000/m/ip"
PAGES = ("/", "/explore", "/user/member1", "/user/member2/popup", "/messages", "/notifications", "/search?q=trial")
FILL = f"""
from allauth.account.models import EmailAddress
from accounts.services import register_user
for n in range({FORGETFUL}):
    user = register_user(username=f"forgetful{{n}}", email=f"forgetful{{n}}@example.com", password=None)
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
"""
# Jobs that have failed, or that no worker has leased for long.
BEHIND = """
    SELECT count(*) FROM jobs_job WHERE failed_at IS NULL
    AND (attempts > 0 AND leased_until IS NULL OR due_at < now() - interval '5 seconds')
"""
ALL = "SELECT count(*) FROM jobs_job"


class Dependency(Protocol):
    """What the site can lose."""

    name: str

    def start(self) -> None: ...
    def stop(self) -> None: ...


class MailServer(ExitStack):
    """A mail server that keeps what it took while it was up."""

    name = "SMTP"

    def __init__(self) -> None:
        super().__init__()
        self.sink = Sink()

    def start(self) -> None:
        self.enter_context(smtp_sink(sink=self.sink))

    def stop(self) -> None:
        self.close()


class Outage(NamedTuple):
    """When something was stopped and started, and when all went as before."""

    name: str
    stopped: float
    started: float
    recovered: float


class People:
    """The load, what came of each request, and what the site has said it has taken."""

    def __init__(self, members: list[Member], port: int) -> None:
        self.members, self.chance = members, random.Random(1)
        self.stranger = Member("", port)
        self.numbers = count()
        self.answers: list[Answer] = []
        self.taken: dict[str, set[str]] = {"posts": set(), "messages": set(), "mails": set()}
        self.searched_elsewhere = threading.Event()

    def read(self) -> None:
        self.note(self.chance.choice(self.members).get(self.chance.choice(PAGES)))

    def publish(self) -> None:
        body = f"Trial post {next(self.numbers)}"
        form = {"body": body, "submission_key": str(uuid.uuid4())}
        self.insist("posts", body, self.chance.choice(self.members), "/", form)

    def send(self) -> None:
        body = f"Trial message {next(self.numbers)}"
        form = {"body": body, "submission_key": str(uuid.uuid4())}
        sender, to = self.chance.sample(range(MEMBERS), 2)
        self.insist("messages", body, self.members[sender], f"/send_message/member{to}", form)

    def ask_for_mail(self) -> None:
        address = f"forgetful{len(self.taken['mails'])}@example.com"
        self.insist("mails", address, self.stranger, "/auth/reset_password_request", {"email": address})
        time.sleep(1)

    def insist(self, kind: str, what: str, member: Member, path: str, form: dict[str, str]) -> None:
        """Send a form until it is taken."""
        while True:
            answer = self.note(member.post(path, form))
            if answer.status == 302:
                self.taken[kind].add(what)
                return
            if 200 <= answer.status < 500:
                sys.exit(f"{path}: status {answer.status}, {answer.text[-500:]}")
            time.sleep(0.5)

    def note(self, answer: Answer) -> Answer:
        self.answers.append(answer._replace(text=""))
        return answer


def main() -> int:
    """Run the trial and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=180, help="of load, at least (180)")
    options = parser.parse_args()
    limits = dict.fromkeys(("RATE_LIMIT_RESET_PASSWORD", "RATE_LIMIT_SEND_MESSAGE"), NO_LIMIT)
    with MailServer() as mail, SearchingSite(web_workers=2, **limits, **mail_to(mail.sink)) as site:
        mail.start()
        people = People(site.prepare(), site.port)
        site.manage("shell", "--verbosity=0", "--command", FILL)
        site.start()
        parts: list[Dependency] = [site.postgresql, site.redis, site.engine, mail]
        works = [people.read, people.read, people.publish, people.send, people.ask_for_mail]
        begin = time.time()
        with load(works, pause=0.02):
            outages = list(lose(site, parts, people))
            time.sleep(max(0, begin + options.seconds - time.time()))
        return report(site, people, outages, mail.sink)


def lose(site: Site, parts: list[Dependency], people: People) -> Iterator[Outage]:
    """Stop one after the other, start it again, and wait until nothing is behind and the last page was well."""
    for part in parts:
        time.sleep(BEFORE_SECONDS)
        stopped = time.time()
        part.stop()
        time.sleep(max(0, stopped + DOWN_SECONDS - time.time()))
        started = time.time()
        part.start()
        wait_until(lambda: is_as_before(site, people), DRAIN_SECONDS, pause=0.25)
        caught_up = time.time()
        failed = [answer.answered for answer in people.answers if answer.asked > stopped and is_failure(answer)]
        yield Outage(part.name, stopped, started, max([caught_up, *failed]))


def is_as_before(site: Site, people: People) -> bool:
    """Tell whether no work is behind, and the engine searches."""
    with suppress(psycopg2.OperationalError):
        page = people.members[0].get("/search?q=trial")
        return site.query(BEHIND) == [(0,)] and page.status == 200 and FALLBACK not in page.text
    return False


def is_failure(answer: Answer) -> bool:
    return answer.status == 0 or answer.status >= 500


def report(site: Site, people: People, outages: list[Outage], sink: Sink) -> int:
    """Print the table and the accounts; return the exit status."""
    wait_until(lambda: site.query(ALL) == [(0,)], DRAIN_SECONDS, pause=0.25)
    heading(
        "Stopped for 20 s", "Requests", "503, come again", "other 5xx", "no answer", "slowest, s", "recovered after, s"
    )
    is_good = True
    rest = people.answers
    for outage in outages:
        inside = [
            answer
            for answer in people.answers
            if outage.stopped <= answer.answered and answer.asked <= outage.recovered
        ]
        rest = [answer for answer in rest if answer not in inside]
        is_good &= tell(
            outage.name, inside, f"{outage.recovered - outage.started:.1f}", may_fail=outage.name == "postgresql"
        )
    is_good &= tell("nothing", rest, "", may_fail=False)
    kept = {
        "posts": Counter(str(body) for (body,) in site.query("SELECT body FROM posts_post WHERE body LIKE 'Trial%'")),
        "messages": Counter(str(body) for (body,) in site.query("SELECT body FROM messaging_message")),
        "mails": Counter(mail["To"] for mail in sink.received if mail["To"].startswith("forgetful")),
    }
    print()
    heading("", "Taken", "Lost", "Twice")
    for kind, taken in people.taken.items():
        lost, twice = taken - kept[kind].keys(), [what for what, times in kept[kind].items() if times > 1]
        row(kind, len(taken), len(lost), len(twice))
        is_good &= not lost and not twice and len(taken) > 0
    print(f"\nJobs left: {site.query(ALL)[0][0]}. {site.manage('search_check').strip()}")
    return int(not is_good)


def tell(name: str, answers: list[Answer], recovered: str, *, may_fail: bool) -> bool:
    """Print one row, and tell whether it is as it must be."""
    passing = sum(answer.status == 503 and answer.is_passing for answer in answers)
    wrong = sum(answer.status >= 500 for answer in answers) - passing
    silent = sum(answer.status == 0 for answer in answers)
    slowest = max((answer.answered - answer.asked for answer in answers), default=0)
    row(name, len(answers), passing, wrong, silent, f"{slowest:.1f}", recovered)
    return not wrong and not silent and (may_fail or not passing)


if __name__ == "__main__":
    sys.exit(main())
