"""
Measure the queue of moderators with 100,000 reports, and one decision about 1,000 posts: `python -m bench.moderation`.

On a database of its own beside the sets that pages are measured on, made for the measurement and dropped after it.
"""

from __future__ import annotations

import os
import random
import secrets
import statistics
import subprocess
import sys
import time
from datetime import timedelta

from bench.cluster import cluster
from scripts.environment import PYTHON, ROOT
from scripts.suite import environment

REPORTS, CASES, PEOPLE, POSTS = 100_000, 80_000, 5_000, 80_000
# Of which so many wait.
WAITING = 40_000
SAMPLES, MANY = 200, 1_000
MOST_QUERIES, MOST_MILLISECONDS, MOST_SECONDS = 12, 200, 10
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
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from moderation.models import Case, Decision, Report, Rule
    from posts.models import Post

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


def measure() -> bool:
    """Visit each page often, then hide posts; return whether everything stays below its bar."""
    from django.contrib.auth.models import Group
    from django.db import connection, reset_queries
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    from accounts.services import register_user
    from audit.models import Entry
    from moderation.models import Report, Rule
    from posts.models import Post

    mod = register_user(username="mod", email="mod@example.com", password=None, is_staff=True)
    mod.groups.add(Group.objects.get(name="Moderators"))
    client, is_good = Client(), True
    client.force_login(mod)
    print(f"{Report.objects.count()} reports")
    for name, path in PAGES.items():
        with CaptureQueriesContext(connection) as queries:
            if client.get(path).status_code != 200:
                sys.exit(f"{path} did not answer")
        times = []
        for _ in range(SAMPLES):
            start = time.perf_counter()
            client.get(path)
            times.append((time.perf_counter() - start) * 1000)
            reset_queries()
        p99 = statistics.quantiles(times, n=100)[98]
        print(f"{name}: {len(queries)} queries, median {statistics.median(times):.0f} ms, p99 {p99:.0f} ms")
        is_good &= len(queries) <= MOST_QUERIES and p99 <= MOST_MILLISECONDS
    for name, ids in {
        "posts by many, of which half have a case": Post.objects.order_by("pk")[WAITING - MANY // 2 :],
        "posts by one": Post.objects.filter(author__username="one"),
    }.items():
        if name == "posts by one":
            one = register_user(username="one", email="one@example.com", password=None)
            Post.objects.bulk_create(
                Post(author=one, body=f"x{n}", body_html="x", renderer_version=1) for n in range(MANY)
            )
        chosen = ",".join(map(str, ids.values_list("pk", flat=True)[:MANY]))
        data = {
            "action": "hide_post",
            "ids": chosen,
            "rule": Rule.objects.all()[0].pk,
            "reason": "Spam.",
            "length": "",
        }
        before = Entry.objects.count()
        with override_settings(STAFF_SECOND_FACTOR=False):
            start = time.perf_counter()
            client.post("/admin/posts/post/decide/", data)
            seconds = time.perf_counter() - start
        logged = Entry.objects.filter(action="post.hide").count()
        print(f"{MANY} {name}: hidden in {seconds:.1f} s, {Entry.objects.count() - before} entries in the log")
        is_good &= seconds < MOST_SECONDS and logged >= MANY
    return is_good


def main() -> int:
    """Run the measurement in a process with settings as in production."""
    if "--inside" not in sys.argv:
        with cluster() as url:
            site = {"DEBUG": "0", "SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "testserver", "HTTPS": "0",
                    "STAFF_SECOND_FACTOR": "0", "DJANGO_SETTINGS_MODULE": "microblog.settings"}  # fmt: skip
            command = [str(PYTHON), "-m", "bench.moderation", "--inside"]
            return subprocess.call(command, cwd=ROOT, env={**os.environ, **environment(url), **site})
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_databases, teardown_databases

    call_command("collectstatic", interactive=False, verbosity=0)

    made = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        fill()
        return not measure()
    finally:
        teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
