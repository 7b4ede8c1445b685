"""A page and the API show the same rows to the same person, in the same order."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.security.services import make_token
from accounts.tests.factories import UserFactory
from blog.tests.factories import EntryFactory, SnippetFactory
from jobs.worker import run_due_everywhere
from messaging.conversations.services import send_message
from microblog.core.exceptions import DomainError
from posts.models import Post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user, mute_user

PEOPLE = 4
POST = re.compile(r'id="post(\d+)"')
PERSON = re.compile(r'class="mb-person".*?href="/user/(\w+)"', re.DOTALL)
people = st.integers(0, PEOPLE - 1)
pairs = st.tuples(people, people).filter(lambda pair: pair[0] != pair[1])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([follow_user, block_user, mute_user]), pairs),
        st.tuples(st.sampled_from(["hide", "suspend", "close"]), st.tuples(people, people)),
    ),
    max_size=10,
)


def act(deed, crowd, first, second):
    if deed == "hide":
        Post.objects.filter(pk=crowd[first].posts.first().pk).update(hidden_at=timezone.now())
    elif deed in ("suspend", "close"):
        # The viewer is never deleted.
        field = "suspended_at" if deed == "suspend" else "deactivated_at"
        User.objects.filter(pk=crowd[first].pk).exclude(pk=crowd[0].pk).update(**{field: timezone.now()})
    else:
        try:
            deed(User.objects.get(pk=crowd[second].pk), actor=User.objects.get(pk=crowd[first].pk))
        except DomainError:
            pass  # one of them no longer sees the other


def shown(page, pattern):
    return list(dict.fromkeys(pattern.findall(page.content.decode())))


def check_messages(browser, items):
    conversations = browser.get("/messages").context["page"].items
    assert [row.conversation_id for row in conversations] == [item["id"] for item in items("/api/conversations")]
    for row in conversations:
        page = browser.get(f"/messages/{row.other.username}").context["page"].items
        in_api = items(f"/api/conversations/{row.conversation_id}/messages")
        assert [message.pk for message in page] == [item["id"] for item in in_api]


def check_profile(person, posts, ids):
    for page, query in (("", "?replies=false"), ("/replies", "")):
        on_page, in_api = posts(f"/user/{person.username}{page}"), ids(f"/api/users/{person.pk}/posts{query}")
        # A page may explain that a list is empty, but shows no rows.
        assert on_page in (([], 404) if in_api == 404 else (in_api,))


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_page_and_api_show_the_same(db, acts):
    # Ids are reused, and with them their rate limits.
    cache.clear()
    with transaction.atomic():
        crowd = [UserFactory(username=f"person{number}") for number in range(PEOPLE)]
        for person in crowd:
            PostFactory.create_batch(2, author=person, body="penguin")
            PostFactory(author=person, body="penguin", reply_to=crowd[0].posts.first().pk)
            PostFactory(author=person, body="penguin", reply_to=person.posts.last().pk)
            EntryFactory(author=person, title="penguin")
            SnippetFactory(author=person, title="penguin")
        for person in crowd[1:]:
            send_message(crowd[0], sender=person, body="Hello")
        for deed, pair in acts:
            act(deed, crowd, *pair)
        run_due_everywhere()
        viewer = User.objects.get(pk=crowd[0].pk)
        browser = Client()
        browser.force_login(viewer)
        _row, secret = make_token(viewer, name="twin", lifetime=timedelta(hours=1))
        program = Client(headers={"Authorization": f"Bearer {secret}"})

        def items(path):
            response = program.get(path)
            return response.json()["items"] if response.status_code == 200 else response.status_code

        def ids(path):
            found = items(path)
            return found if isinstance(found, int) else [str(item["id"]) for item in found]

        def posts(path):
            page = browser.get(path, headers={"Accept": "text/html"})
            return shown(page, POST) if page.status_code == 200 else page.status_code

        assert posts("/") == ids("/api/timelines/home")
        assert posts("/explore") == ids("/api/timelines/public")
        assert posts("/search?q=penguin") == ids("/api/search/posts?q=penguin&per_page=25")
        found = browser.get("/search?q=person&type=people").context["results"].items
        assert [row.pk for row in found] == [item["id"] for item in items("/api/search/people?q=person&per_page=25")]
        found = browser.get("/search?q=penguin&type=blog").context["results"].items
        in_api = items("/api/search/blog?q=penguin&per_page=25")
        assert [(row._meta.model_name, row.pk) for row in found] == [(item["kind"], item["id"]) for item in in_api]
        for person in crowd:
            check_profile(person, posts, ids)
        for name in ("followers", "following"):
            page = browser.get(f"/user/{viewer.username}/{name}")
            listed = [row.username for row in page.context["page"].items]
            assert listed == [item["username"] for item in items(f"/api/users/{viewer.pk}/{name}")]
        for page_path, api_path in (("/settings/blocked", "/api/blocks"), ("/settings/muted", "/api/mutes")):
            page = browser.get(page_path)
            assert [row.pk for row in page.context["page"].items] == [item["id"] for item in items(api_path)]
        check_messages(browser, items)
        notifications = browser.get("/notifications", headers={"Accept": "text/html"}).context["page"].items
        assert [row.pk for row in notifications] == [item["id"] for item in items("/api/notifications")]
        transaction.set_rollback(True)
