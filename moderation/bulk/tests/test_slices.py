"""Bulk decisions, carried out in slices."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from blog.models import Entry
from blog.tests.factories import EntryFactory, SnippetFactory
from jobs.models import Job, Queue
from jobs.worker import run_due
from messaging.models import Notification
from moderation.bulk import slices
from moderation.bulk.services import request_bulk_decision
from moderation.models import BulkDecision, Case, Decision, Report
from moderation.services.cases import claim_case
from moderation.services.decisions import decide
from moderation.tests.factories import a_rule, hide, make_case, make_moderator
from posts.models import Post
from posts.reactions.services import like_post
from posts.services import delete_post
from posts.tests.factories import PostFactory
from search.models import PostEntry
from tests.helpers.concurrency import at_once

pytestmark = pytest.mark.django_db

Action = Decision.Action


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 2)


def request(rows, actor, action=Action.HIDE_POST, **facts):
    return request_bulk_decision(rows, **{"action": action, "actor": actor, "rule": a_rule(), "reason": "x", **facts})


def carry_out(bulk):
    """Run the jobs of a bulk decision to its end."""
    run_due(Queue.TASKS, seconds=60)
    bulk.refresh_from_db()
    assert bulk.finished_at and not Job.objects.filter(task__contains="bulk").exists()
    return bulk


def refusals_of(bulk):
    """Return the first words of the reasons why rows were left unchanged, and their numbers."""
    return {" ".join(why.split()[:4]): count for why, count in bulk.refusals.items()}


def is_whole(posts, actor):
    """Return whether each of these posts is hidden by one decision with one entry in the log, and nothing else is."""
    ids = sorted(post.pk for post in posts)
    hidden = Post.objects.filter(hidden_at__isnull=False, hidden_by=actor)
    entries = AuditEntry.objects.filter(action="post.hide", actor_id=actor.pk)
    decisions = Decision.objects.filter(action=Action.HIDE_POST, actor=actor)
    closed = Case.objects.filter(state="closed", outcome="acted", decision_count=1, report_count=1)
    return (
        sorted(hidden.values_list("pk", flat=True))
        == sorted(entries.values_list("target_id", flat=True))
        == sorted(decisions.values_list("case__target_id", flat=True))
        == sorted(closed.values_list("target_id", flat=True))
        == ids
        and {entry.after["case"] for entry in entries} == set(decisions.values_list("case", flat=True))
        and not PostEntry.objects.filter(pk__in=ids).exists()
        and not User.objects.filter(posts__in=ids).exclude(post_count=0).exists()
        and Report.objects.count() == len(ids)
    )


def test_one_slice_is_decided_at_once_and_more_by_a_job(mod):
    posts = PostFactory.create_batch(5)
    small = request(Post.objects.filter(pk=posts[0].pk), mod)
    assert small.finished_at and is_whole(posts[:1], mod) and not Job.objects.filter(task__contains="bulk").exists()
    bulk = request(Post.objects.filter(pk__in=[post.pk for post in posts[1:]]), mod)
    assert (bulk.finished_at, bulk.total, bulk.done) == (None, 4, 0) and is_whole(posts[:1], mod)
    run_due(Queue.TASKS, seconds=-1)
    bulk.refresh_from_db()
    assert (bulk.finished_at, bulk.done) == (None, 2) and is_whole(posts[:3], mod)
    carry_out(bulk)
    assert bulk.done == 4 and is_whole(posts, mod)


def test_each_author_is_notified_once_however_many_posts(mod, ana):
    posts = [*PostFactory.create_batch(3, author=ana), PostFactory()]
    carry_out(request(Post.objects.all(), mod))
    run_due(Queue.MAIL, seconds=60)
    notified = Notification.objects.filter(kind="decision").values_list("user", flat=True)
    assert sorted(notified) == sorted({post.author_id for post in posts})
    assert not Decision.objects.filter(notified_at=None).exists()


def test_reporters_are_notified_and_the_moderator_is_not(mod):
    posts = PostFactory.create_batch(3)
    reporter = make_case(posts[0]).reports.get().reporter
    carry_out(request(Post.objects.all(), mod))
    assert list(Job.objects.filter(task__endswith="notify_reporters").values_list("args", flat=True)) == [
        [f"{Case.objects.get(target_id=posts[0].pk).pk}:0"]
    ]
    run_due(Queue.MAIL, seconds=60)
    assert Notification.objects.get(kind="report_outcome").user == reporter


def test_counters_and_notifications_of_hidden_posts_follow(mod, ana, bob):
    parent, other = PostFactory(author=ana), PostFactory(author=bob)
    replies = PostFactory.create_batch(3, author=bob, reply_to=parent.pk)
    mention = PostFactory(author=bob, body="Hello @ana")
    like_post(other, actor=ana)
    run_due(Queue.TASKS, seconds=60)
    visible = Notification.objects.filter(withdrawn_at=None)
    assert visible.filter(user=ana).count() == 4 and visible.filter(user=bob).count() == 1
    carry_out(request(Post.objects.filter(author=bob), mod))
    assert not visible.exclude(kind="decision").exists()
    parent.refresh_from_db()
    assert (parent.reply_count, User.objects.get(pk=bob.pk).post_count) == (0, 0)
    carry_out(request(Post.objects.filter(author=bob), mod, action=Action.RESTORE_POST))
    parent.refresh_from_db()
    assert (parent.reply_count, User.objects.get(pk=bob.pk).post_count) == (3, 5)
    assert visible.filter(user=ana).exclude(kind="decision").count() == 4
    assert len({post.pk for post in (*replies, mention)}) == 4


class TestInterruption:
    def test_slice_whose_worker_was_killed_leaves_nothing_and_is_retried(self, mod):
        posts = PostFactory.create_batch(4)
        bulk = request(Post.objects.all(), mod)
        with transaction.atomic():
            slices.continue_bulk_decision(bulk.pk)
            # What the end of the worker does to the transaction, and what its lease does to the job.
            transaction.set_rollback(True)
        Job.objects.update(attempts=1, key=None, leased_until=timezone.now() - timedelta(seconds=1))
        assert is_whole([], mod)
        carry_out(bulk)
        assert bulk.done == 4 and is_whole(posts, mod)

    def test_worker_killed_after_a_slice_resumes_with_the_next(self, mod):
        posts = PostFactory.create_batch(5)
        bulk = request(Post.objects.all(), mod)
        # The slice is committed, but its job is not deleted.
        assert slices.continue_bulk_decision(bulk.pk)
        assert is_whole(posts[:2], mod)
        carry_out(bulk)
        assert bulk.done == 5 and is_whole(posts, mod)

    def test_finished_decision_is_not_repeated(self, mod):
        posts = PostFactory.create_batch(3)
        bulk = carry_out(request(Post.objects.all(), mod))
        assert not slices.continue_bulk_decision(bulk.pk)
        assert not slices.continue_bulk_decision(bulk.pk + 1)
        assert is_whole(posts, mod)


@pytest.mark.django_db(transaction=True)
class TestConcurrency:
    def test_concurrent_workers_decide_about_each_row_once(self, mod):
        posts = PostFactory.create_batch(6)
        bulk = request(Post.objects.all(), mod)
        for _ in range(2):
            at_once(*[lambda: slices.continue_bulk_decision(bulk.pk)] * 2)
        bulk.refresh_from_db()
        assert bulk.finished_at and bulk.done == 6 and is_whole(posts, mod)

    def test_single_decisions_and_reports_in_the_meantime_leave_each_post_with_one(self, mod):
        posts = PostFactory.create_batch(4)
        cases, other = [make_case(post) for post in posts], make_moderator()
        bulk = request(Post.objects.all(), mod)
        slices.SLICE = 4
        at_once(
            lambda: slices.continue_bulk_decision(bulk.pk),
            lambda: hide(cases[3], other),
            lambda: hide(cases[0], other),
            lambda: make_case(posts[1]),
        )
        bulk.refresh_from_db()
        assert bulk.place == 4
        assert Decision.objects.count() == AuditEntry.objects.filter(action="post.hide").count() == 4
        assert not Post.objects.filter(hidden_at=None).exists()


class TestConflicts:
    def test_rows_that_others_decided_in_the_meantime_are_skipped_and_reported(self, mod):
        posts, first = PostFactory.create_batch(6), make_moderator(username="first")
        case = make_case(posts[1])
        bulk = request(Post.objects.all(), mod)
        decide(case, action=Action.DISMISS, actor=first)
        hide(make_case(posts[2]), first)
        claim_case(make_case(posts[3]), actor=first)
        delete_post(posts[4])
        carry_out(bulk)
        assert bulk.done == 2
        assert sorted(refusals_of(bulk).values()) == [1, 1, 1, 1]
        assert f"Case {case.pk} was decided by first in the meantime: Dismiss. Nothing else was changed." in {
            why.replace("\u2068", "").replace("\u2069", "") for why in bulk.refusals
        }
        assert "It is already hidden or deleted." in bulk.refusals
        hidden = Post.objects.filter(hidden_by=mod).values_list("pk", flat=True)
        assert sorted(hidden) == [posts[0].pk, posts[5].pk]
        assert Decision.objects.filter(actor=mod).count() == 2
        # Of a refused row not even the report is left.
        assert Report.objects.filter(reporter=mod).count() == 2

    def test_cases_decided_in_the_meantime_are_skipped(self, mod):
        cases = [make_case(PostFactory()) for _ in range(4)]
        bulk = request(Case.objects.all(), mod, action=Action.DISMISS, rule=None, reason="")
        decide(cases[2], action=Action.WARN, actor=make_moderator(), rule=a_rule(), reason="x")
        carry_out(bulk)
        assert (bulk.done, bulk.refused) == (3, 1)
        assert Decision.objects.get(case=cases[2]).action == Action.WARN
        assert AuditEntry.objects.filter(action="case.dismiss").count() == 3

    def test_restored_in_the_meantime_is_reported(self, mod):
        posts = PostFactory.create_batch(3)
        carry_out(request(Post.objects.all(), mod))
        bulk = request(Post.objects.all(), mod, action=Action.RESTORE_POST)
        request(Post.objects.filter(pk=posts[2].pk), make_moderator(), action=Action.RESTORE_POST)
        carry_out(bulk)
        assert (bulk.done, bulk.refused) == (2, 1)
        assert not Post.objects.filter(hidden_at__isnull=False).exists()

    def test_own_posts_are_refused(self, mod):
        PostFactory(author=mod)
        PostFactory.create_batch(2)
        bulk = carry_out(request(Post.objects.all(), mod))
        assert (bulk.done, bulk.refusals) == (2, {"You cannot report yourself.": 1})

    def test_two_cases_about_one_post_hide_it_once(self, mod):
        post, others = PostFactory(), PostFactory.create_batch(2)
        case = make_case(post)
        # An appeal keeps a case open while further reports open another.
        Case.objects.filter(pk=case.pk).update(state="appealed")
        for each in (post, *others):
            make_case(each)
        bulk = carry_out(request(Case.objects.all(), mod))
        assert (bulk.done, bulk.refusals) == (3, {"It is already hidden or deleted.": 1})
        assert AuditEntry.objects.filter(action="post.hide").count() == 3


def test_moderator_who_lost_the_role_decides_nothing_more(mod):
    PostFactory.create_batch(4)
    for lost in ({"is_superuser": False}, {"is_staff": False}, {"suspended_at": timezone.now()}):
        actor = make_moderator()
        bulk = request(Post.objects.filter(hidden_at=None), actor)
        run_due(Queue.TASKS, seconds=-1)
        User.objects.filter(pk=actor.pk).update(**lost)
        carry_out(bulk)
        assert bulk.is_stopped and bulk.done == 2, lost
        Post.objects.update(hidden_at=None)
    bulk = request(Post.objects.all(), actor := make_moderator())
    actor.delete()
    assert carry_out(bulk).is_stopped


def test_entries_and_people_are_decided_by_the_job_too(mod):
    EntryFactory.create_batch(3)
    carry_out(request(Entry.objects.all(), mod, action=Action.HIDE_ENTRY))
    assert not Entry.objects.filter(hidden_at=None).exists()
    people = User.objects.filter(pk__in=[person.pk for person in UserFactory.create_batch(3)])
    carry_out(request(people, mod, action=Action.SUSPEND))
    assert not people.filter(suspended_at=None).exists()
    carry_out(request(people, mod, action=Action.LIFT_SUSPENSION))
    assert not people.filter(suspended_at__isnull=False).exists()


def test_refusals_are_in_the_language_of_the_moderator(mod):
    User.objects.filter(pk=mod.pk).update(language="es")
    PostFactory.create_batch(3)
    bulk = request(Post.objects.all(), mod)
    Post.objects.update(hidden_at=timezone.now())
    (why,) = carry_out(bulk).refusals
    assert why != "It is already hidden or deleted."


@pytest.mark.parametrize("is_reply", [False, True])
def test_query_count_of_a_slice_is_constant(mod, monkeypatch, django_assert_max_num_queries, is_reply):
    monkeypatch.setattr(slices, "SLICE", 20)
    counts = []
    for size in (2, 20):
        parents = PostFactory.create_batch(size, body="@ana")
        posts = [PostFactory(reply_to=parent.pk) for parent in parents] if is_reply else parents
        for post in posts[::2]:
            make_case(post)
        bulk = BulkDecision.objects.create(
            actor=mod, action=Action.HIDE_POST, rule=a_rule(), reason="x", target_type="posts.Post",
            ids=[post.pk for post in posts], total=size, last_decision=10**6,
        )  # fmt: skip
        with django_assert_max_num_queries(60) as queries:
            slices.continue_bulk_decision(bulk.pk)
        bulk.refresh_from_db()
        assert bulk.done == size
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("factory", "action"),
    [
        (PostFactory, Action.RESTORE_POST),
        (SnippetFactory, Action.RESTORE_SNIPPET),
        (UserFactory, Action.LIFT_SUSPENSION),
    ],
)
def test_what_is_not_sanctioned_is_left_unchanged(mod, factory, action):
    row = factory()
    bulk = request(type(row).objects.filter(pk=row.pk), mod, action=action)
    assert (bulk.done, bulk.refusals) == (0, {"There is nothing to reverse.": 1})


@pytest.mark.parametrize("factory", [PostFactory, EntryFactory, SnippetFactory, UserFactory])
def test_sanctions_are_found_by_an_index(factory):
    """However many cases there are, of which most are about others."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = slices._sanctions_on(factory(), Action.WARN).explain()
    assert "decision_person_id_idx" in plan
