"""Measure moderation on a database made for it; runs with the site's settings."""

import random
import statistics
import sys
import time
from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases
from django.utils import timezone

from accounts.models import User
from accounts.services import register_user
from audit.models import AuditEntry
from jobs.models import Job, Queue
from jobs.worker import run_due, run_due_everywhere
from moderation.models import Case, Decision, Report, Rule
from posts.models import Post
from scripts.processes import HOST

REPORTS, CASES, PEOPLE, POSTS = 100_000, 80_000, 5_000, 80_000
# Of which so many wait.
WAITING = 40_000
SAMPLES, MANY = 200, 1_000
MOST_QUERIES, MOST_MILLISECONDS, MOST_SECONDS, MOST_ANSWER_SECONDS = 12, 200, 10, 1
QUEUE = "/admin/moderation/case/"
PAGES = {
    "queue": QUEUE,
    "queue, page 400": f"{QUEUE}?p=400",
    "queue, free cases": f"{QUEUE}?claim=free",
    "queue, cases of a person": f"{QUEUE}?q=person17",
    "queue, closed cases": f"{QUEUE}?state=closed",
    "index": "/admin/",
}


def fill() -> None:
    """Write people, posts, cases of all ages, reports and decisions."""
    dice, now = random.Random(1), timezone.now()
    people = User.objects.bulk_create(
        User(username=f"person{n}", email=f"person{n}@example.com") for n in range(PEOPLE)
    )
    texts = (f"What was said at moment {n}, and by far not kindly." for n in range(POSTS))
    posts = Post.objects.bulk_create(
        (Post(author=dice.choice(people), body=text, body_html=text, renderer_version=1) for text in texts), 5_000
    )
    rules = list(Rule.objects.all())
    cases = []
    for number, post in enumerate(posts[:CASES]):
        age = now - timedelta(minutes=dice.randrange(60 * 24 * 30))
        state = {"state": "open"} if number < WAITING else {"state": "closed", "closed_at": now, "decision_count": 1}
        cases.append(
            Case(
                kind="post", target_id=post.pk, person=post.author, person_name=post.author.username,
                opened_at=age, ranked_at=age, report_count=1, **state,
            )
        )  # fmt: skip
    cases = Case.objects.bulk_create(cases, 5_000)
    reporters = {}
    for number in range(REPORTS):
        case = cases[number] if number < CASES else dice.choice(cases)
        reporters[case.pk, dice.choice(people).pk] = case
    Report.objects.bulk_create(
        (
            Report(case=case, reporter_id=reporter, rule=dice.choice(rules), evidence={"text": "What was said."})
            for (_pk, reporter), case in reporters.items()
        ),
        5_000,
    )
    Decision.objects.bulk_create(
        (
            Decision(case=case, person=case.person, action="warn", rule=rules[0], reason="x", actor_name="mod")
            for case in cases[WAITING:]
        ),
        5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main() -> int:
    """Fill a database, measure, and drop it; return the exit status."""
    call_command("collectstatic", interactive=False, verbosity=0)
    made = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        fill()
        mod = register_user(username="mod", email="mod@example.com", password=None, is_staff=True)
        mod.groups.add(Group.objects.get(name="Moderators"))
        client = Client(SERVER_NAME=HOST)
        client.force_login(mod)
        print(f"{Report.objects.count()} reports")
        is_good = [visit(client, name, path) for name, path in PAGES.items()]
        some = Post.objects.order_by("pk")[WAITING - MANY // 2 :][:MANY]
        is_good.append(hide(client, "posts by many, of which half have a case", some))
        one = register_user(username="one", email="one@example.com", password=None)
        posts = [Post(author=one, body=f"x{n}", body_html="x", renderer_version=1) for n in range(MANY)]
        is_good.append(hide(client, "posts by one", Post.objects.bulk_create(posts)))
        return int(not all(is_good))
    finally:
        teardown_databases(made, verbosity=0)


def visit(client: Client, name: str, path: str) -> bool:
    """Ask for a page often; return whether it stays below its bars."""
    with CaptureQueriesContext(connection) as queries:
        if client.get(path).status_code != 200:
            sys.exit(f"{path} did not answer")
    # The log of queries is emptied by the next request.
    count = len(queries)
    times = []
    for _ in range(SAMPLES):
        start = time.perf_counter()
        client.get(path)
        times.append((time.perf_counter() - start) * 1000)
    p99 = statistics.quantiles(times, n=100)[98]
    print(f"{name}: {count} queries, median {statistics.median(times):.0f} ms, p99 {p99:.0f} ms")
    return count <= MOST_QUERIES and p99 <= MOST_MILLISECONDS


def hide(client: Client, name: str, posts: Iterable[Post]) -> bool:
    """
    Hide posts by one decision; return whether it was quick, each is in the log and its author is notified.

    The work is that of the request and of all jobs that follow, without those of mails.
    """
    ids = ",".join(str(post.pk) for post in posts)
    form = {"action": "hide_post", "ids": ids, "rule": Rule.objects.all()[0].pk, "reason": "Spam.", "length": ""}
    before = AuditEntry.objects.filter(action="post.hide").count()
    while run_due_everywhere():
        pass
    start = time.perf_counter()
    client.post("/admin/posts/post/decide/", form)
    answered = time.perf_counter() - start
    run_due(Queue.TASKS, seconds=float("inf"))
    decided = time.perf_counter() - start
    while Job.objects.filter(task__contains=".notify_").exists():
        run_due(Queue.MAIL, seconds=0.2)
    seconds = time.perf_counter() - start
    hidden = AuditEntry.objects.filter(action="post.hide").count() - before
    waiting = Decision.objects.filter(action="hide_post", notified_at=None).count()
    print(
        f"{MANY} {name}: answered in {answered:.2f} s, hidden in {decided:.1f} s, all notified in {seconds:.1f} s;"
        f" {hidden} entries in the log, {waiting} decisions that were not notified"
    )
    return answered < MOST_ANSWER_SECONDS and seconds < MOST_SECONDS and hidden == MANY and not waiting
