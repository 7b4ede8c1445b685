"""
Stop and start Redis while people write posts and messages, and count what was refused, lost or left undone.

    python -m bench.trials.outage

Every post mentions a user, and a job notifies them. The exit status is 1 when an answer was a 5xx, when anything was
lost or came twice, or when the jobs took longer than PICK_UP_BAR seconds after Redis was back for good.
"""

from __future__ import annotations

import signal
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from bench.trials.faults import PICK_UP_BAR
from bench.trials.site import MEMBERS, Answer, Member, Site
from scripts.processes import wait_until

# Of each, posts and messages.
COUNT = 500
WRITERS = 4
# Seconds for which Redis is there, and is not, in turn; and between two requests of a writer.
PHASE, PAUSE = 5, 0.1
KEPT = {
    "posts": "SELECT count(*) FROM posts_post WHERE body LIKE 'Outage post%'",
    "messages": "SELECT count(*) FROM messaging_message",
    "users notified by jobs": "SELECT count(*) FROM messaging_notification WHERE kind = 'mentioned'",
    "unread messages on badges": "SELECT sum(unread_message_count) FROM accounts_user",
}


def main() -> int:
    """Run the trial and print what was counted."""
    with Site(web_workers=2, RATE_LIMIT_SEND_MESSAGE="1000000/m/ip") as site:
        members = site.prepare()
        site.start()
        answers, outages = write(site, members)
        seconds = wait_until(lambda: site.query("SELECT count(*) FROM jobs_job") == [(0,)], 2 * PICK_UP_BAR)
        return report(site, answers, outages, seconds)


def write(site: Site, members: list[Member]) -> tuple[list[Answer], int]:
    """Let people write while Redis comes and goes; return the answers, and how often it went."""
    outages = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        sent = [pool.submit(send, members, number) for number in range(2 * COUNT)]
        while not all(answer.done() for answer in sent):
            time.sleep(PHASE)
            site.redis.stop(signal.SIGKILL)
            outages += 1
            time.sleep(PHASE)
            site.redis.start()
    return [answer.result() for answer in sent], outages


def send(members: list[Member], number: int) -> Answer:
    """Write a post or, every other time, a message."""
    sender, to = number % MEMBERS, (number // MEMBERS + number + 1) % MEMBERS
    to = to if to != sender else (to + 1) % MEMBERS
    path = f"/send_message/member{to}" if number % 2 else "/"
    form = {"body": f"Outage post {number} @member{to}", "submission_key": str(uuid.uuid4())}
    answer = members[sender].post(path, form)
    time.sleep(PAUSE)
    return answer


def report(site: Site, answers: list[Answer], outages: int, seconds: float) -> int:
    """Print the counts; return the exit status."""
    statuses = Counter(answer.status for answer in answers)
    slowest = max(answer.answered - answer.asked for answer in answers)
    print(f"{COUNT} posts and {COUNT} messages, Redis away {outages} times for {PHASE} s")
    print(f"answers by status: {dict(statuses)}, the slowest after {slowest:.1f} s")
    kept = {name: site.query(statement)[0][0] for name, statement in KEPT.items()}
    print(", ".join(f"{name}: {count}" for name, count in kept.items()))
    print(f"no job left {seconds:.0f} s after Redis was back (bar {PICK_UP_BAR} s)")
    is_good = set(statuses) == {302} and set(kept.values()) == {COUNT} and seconds <= PICK_UP_BAR
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
