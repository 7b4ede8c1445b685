"""Bulk decisions in the admin: the answer at once, and the page with the progress."""

import re

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from jobs.models import Queue
from jobs.worker import run_due
from moderation.admin.base import MOST
from moderation.bulk import slices
from moderation.models import BulkDecision, Decision
from moderation.tests.factories import a_rule
from posts.models import Post
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/moderation/bulkdecision/"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 2)


@pytest.fixture
def posts():
    return PostFactory.create_batch(5)


def confirm(client, posts, action="hide_post", **data):
    ids = ",".join(str(post.pk) for post in posts)
    sent = {"action": action, "ids": ids, "rule": a_rule().pk, "reason": "Spam wave.", "length": "7", **data}
    return client.post("/admin/posts/post/decide/", sent)


def text_of(response):
    return " ".join(response.content.decode().split())


def test_large_decision_answers_at_once_with_its_progress(mod_client, mod, posts, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        response = confirm(mod_client, posts)
    bulk = BulkDecision.objects.get()
    page = f"{LIST}{bulk.pk}/change/"
    assert response["Location"] == page and not Decision.objects.exists()
    assert "0 of 5 rows done." in text_of(mod_client.get(page))
    run_due(Queue.TASKS, seconds=-1)
    shown = text_of(mod_client.get(page))
    # Without scripts a link loads the page again; with scripts htmx replaces the progress.
    for part in ("2 of 5 rows done.", f'<a href="{page}">Refresh</a>', f'data-hx-get="{page}"', "Spam wave.", "htmx"):
        assert part in shown, part
    run_due(Queue.TASKS, seconds=60)
    shown = text_of(mod_client.get(page))
    assert "5 of 5 rows done." in shown and "Finished. The people concerned are notified." in shown
    assert "data-hx-get" not in shown and "Refresh" not in shown
    assert not Post.objects.visible_to(mod).exists()


def test_progress_is_replaced_in_place(mod_client, posts):
    page = confirm(mod_client, posts)["Location"]
    fragment = text_of(mod_client.get(page, headers={"HX-Request": "true"}))
    assert fragment.startswith('<div id="bulk" data-hx-get=') and fragment.endswith("</div>")
    run_due(Queue.TASKS, seconds=60)
    fragment = text_of(mod_client.get(page, headers={"HX-Request": "true"}))
    assert fragment.startswith('<div id="bulk"> ') and "data-hx-get" not in fragment


def test_rows_left_unchanged_are_shown(mod_client, posts):
    page = confirm(mod_client, posts)["Location"]
    posts[1].delete()
    run_due(Queue.TASKS, seconds=60)
    shown = text_of(mod_client.get(page))
    assert "4 of 5 rows done." in shown
    assert "1 was left unchanged: It is already hidden or deleted." in shown


def test_lost_role_is_shown_to_operators(mod_client, mod, posts):
    page = confirm(mod_client, posts)["Location"]
    User.objects.filter(pk=mod.pk).update(is_superuser=False)
    run_due(Queue.TASKS, seconds=60)
    mod_client.force_login(UserFactory(is_staff=True, is_superuser=True))
    shown = text_of(mod_client.get(page))
    assert "Stopped, because mod may not decide cases any longer." in shown and "0 of 5 rows done." in shown


def test_moderators_see_their_own_and_others_see_no_reasons(client, mod_client, mod, posts):
    page = confirm(mod_client, posts)["Location"]
    posts[1].delete()
    run_due(Queue.TASKS, seconds=60)
    other = UserFactory(is_staff=True)
    other.groups.add(Group.objects.get(name="Moderators"))
    client.force_login(other)
    assert client.get(page).status_code == 302
    assert not client.get(LIST).context["cl"].result_list
    confirm(client, posts[:1])
    assert [bulk.actor for bulk in client.get(LIST).context["cl"].result_list] == [other]
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert len(client.get(LIST).context["cl"].result_list) == 2
    shown = text_of(client.get(page))
    assert "4 of 5 rows done." in shown and "Spam wave." not in shown and "left unchanged" not in shown
    client.force_login(UserFactory(is_staff=True))
    assert client.get(page).status_code == 403
    client.force_login(mod)
    assert client.get(f"{LIST}999/change/").status_code == 302


@pytest.mark.parametrize(("action", "data"), [("hide_post", {"reason": ""}), ("hide_post", {"rule": ""})])
def test_incomplete_decision_is_refused_before_any_row(mod_client, posts, action, data):
    response = confirm(mod_client, posts, action, **data)
    assert response.status_code == 200 and "Choose a rule and write a reason." in text_of(response)
    assert not BulkDecision.objects.exists()


@pytest.mark.parametrize("ids", ["9" * 19, "1," + "9" * 30, "9" * 5_000, ",".join(map(str, range(MOST + 1)))])
@pytest.mark.parametrize("reason", ["Spam wave.", ""])
def test_impossible_rows_are_refused(mod_client, ids, reason):
    response = confirm(mod_client, [], ids=ids, reason=reason)
    assert response.status_code in (302, 403)
    assert not BulkDecision.objects.exists()


@pytest.mark.parametrize("seen", ["x", "-1", str(2**63)])
def test_impossible_newest_decision_is_refused(mod_client, posts, seen):
    assert confirm(mod_client, posts, seen=seen).status_code == 200
    assert not BulkDecision.objects.exists()


@pytest.mark.parametrize("count", [2, 3])
def test_decision_that_is_sent_twice_is_made_once(mod_client, count):
    people = UserFactory.create_batch(count)
    selected = {"action": "warn", "_selected_action": [person.pk for person in people]}
    page = mod_client.post("/admin/accounts/user/", selected)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    for _ in range(2):
        mod_client.post("/admin/accounts/user/decide/", {**fields, "rule": a_rule().pk, "reason": "x", "length": ""})
        run_due(Queue.TASKS, seconds=60)
    assert [(bulk.done, bulk.refused) for bulk in BulkDecision.objects.order_by("pk")] == [(count, 0), (0, count)]
    assert Decision.objects.count() == AuditEntry.objects.filter(action="case.warn").count() == count
