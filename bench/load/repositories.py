"""Measure the pages of repositories, next to other lists, on a database made for it; runs with the site's settings."""

from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone

from accounts.models import User
from accounts.services import register_user
from bench.load.blog import measure
from messaging.conversations.services import send_message
from messaging.models import Notification
from messaging.notifications.services import notify
from repositories.models import Issue, Repository, search_text_of
from repositories.watching import watch_repository
from scripts.processes import HOST

REPOSITORIES, ISSUES, PEOPLE = 1_000, 50_000, 100
LARGE = "/repositories/owner/project-1"
PAGES = {
    "notifications": "/notifications",
    "conversations": "/messages",
    "repositories": "/repositories",
    "watched repositories": "/repositories/watched",
    "open issues": LARGE,
    "open issues, half way down": f"{LARGE}?before={ISSUES // 2}",
    "closed issues": f"{LARGE}?state=closed",
    "open issues, a label of 1 in 11": f"{LARGE}?label=label-3",
    "closed issues, a label of 1 in 10,000": f"{LARGE}?state=closed&label=rare",
    "closed issues, two words": f"{LARGE}?state=closed&q=number+4999",
    "closed issues, a word that none has": f"{LARGE}?state=closed&q=nowhere",
}


def main() -> int:
    """Fill a database, measure, and drop it; a page that fails or makes too many queries raises AssertionError."""
    call_command("collectstatic", interactive=False, verbosity=0)
    made = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        member = register_user(username="member", email="member@example.com", password=None)
        fill_lists(member)
        fill_repositories(member)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        client = Client(SERVER_NAME=HOST, headers={"Accept": "text/html"})
        client.force_login(member)
        for name, path in PAGES.items():
            measure(name, client, path)
        return 0
    finally:
        teardown_databases(made, verbosity=0)


def fill_lists(member: User) -> None:
    """Write conversations and notifications of a member."""
    for number in range(PEOPLE):
        other = register_user(username=f"person{number}", email=f"person{number}@example.com", password=None)
        send_message(member, sender=other, body="Between the two of us, this is being measured.")
        notify(member, kind=Notification.Kind.MENTIONED, key=str(number), actor=other)


def fill_repositories(member: User) -> None:
    """Write repositories, of which the first has all issues; a member watches half of them."""
    now = timezone.now()
    rows = Repository.objects.bulk_create(
        Repository(owner="owner", name=f"project-{n}", fetched_at=now, outcome=Repository.Outcome.FETCHED)
        for n in range(1, REPOSITORIES + 1)
    )
    for row in rows[::2]:
        watch_repository(row, actor=member)
    Issue.objects.bulk_create((make_issue(rows[0], number) for number in range(1, ISSUES + 1)), 5_000)


def make_issue(repository: Repository, number: int) -> Issue:
    """Return an issue: one in seven is open, and one in ten a pull request."""
    title, labels = f"Found a bug, number {number}", [f"label-{number % 11}", *["rare"] * (number % 10_000 == 7)]
    opened_at = timezone.now() - timedelta(hours=ISSUES - number)
    is_open = number % 7 == 0
    return Issue(
        id=str(number),
        repository=repository,
        number=number,
        title=title,
        state=Issue.State.OPEN if is_open else Issue.State.CLOSED,
        author="octocat",
        labels=labels,
        is_pull_request=number % 10 == 0,
        opened_at=opened_at,
        updated_at=opened_at,
        closed_at=None if is_open else opened_at + timedelta(hours=1),
        search_text=search_text_of(title, labels),
    )
