"""Pagination and query counts of every list of the API."""

import re

import pytest

from accounts.population import clear_cached_count
from accounts.tests.factories import UserFactory
from blog.models import Publication
from blog.tests.factories import EntryFactory, SnippetFactory
from jobs.worker import run_due_everywhere
from messaging.conversations.services import send_message
from moderation.models import Rule
from moderation.services.reports import report
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user, mute_user
from repositories.tests.factories import IssueFactory, RepositoryFactory
from tests.helpers.clients import item_ids

pytestmark = pytest.mark.django_db


class TestLists:
    @pytest.fixture
    def posts(self, ana):
        return [PostFactory(author=ana).pk for _ in range(7)][::-1]

    def test_links_lead_through_all_pages_and_back(self, as_ana, posts):
        seen, url, last = [], "/api/timelines/public?limit=3", None
        while url:
            last = as_ana.get(url)
            seen += item_ids(last)
            url = last.json()["_links"]["next"]
        assert seen == posts
        back = as_ana.get(last.json()["_links"]["prev"])
        assert item_ids(back) == posts[3:6]
        assert item_ids(as_ana.get(back.json()["_links"]["prev"])) == posts[:3]

    def test_link_header_has_the_same_urls_in_absolute_form(self, as_ana, posts):
        response = as_ana.get("/api/timelines/public?limit=3")
        links = dict(re.findall(r'<http://testserver([^>]+)>; rel="(\w+)"', response["Link"]))
        assert {name: path for path, name in links.items()} == {
            name: path for name, path in response.json()["_links"].items() if name != "self"
        }

    def test_newer_items_are_behind_prev(self, as_ana, ana, posts):
        prev = as_ana.get("/api/timelines/public").json()["_links"]["prev"]
        assert item_ids(as_ana.get(prev)) == []
        new = PostFactory(author=ana).pk
        assert item_ids(as_ana.get(as_ana.get(prev).json()["_links"]["self"])) == [new]

    def test_empty_list_has_no_links(self, as_ana):
        response = as_ana.get("/api/timelines/home")
        assert response.json()["items"] == []
        assert response.json()["_links"]["next"] is None
        assert "Link" not in response


LISTS_OF_PEOPLE_AND_POSTS = [
    "/api/users", "/api/users/{pk}/followers", "/api/users/{pk}/followed", "/api/users/{pk}/following",
    "/api/users/{pk}/posts", "/api/timelines/home", "/api/timelines/public",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS_OF_PEOPLE_AND_POSTS)
def test_list_of_users_or_posts_makes_constant_queries(ana, as_ana, path, django_assert_max_num_queries):
    path = path.format(pk=ana.pk)
    as_ana.get(path)  # records the use of the token
    counts = []
    for more in (1, 19):
        for person in UserFactory.create_batch(more):
            follow_user(person, actor=ana)
            follow_user(ana, actor=person)
            PostFactory(author=person)
            PostFactory(author=ana, reply_to=PostFactory(author=ana).pk)
            PostFactory(author=ana, reply_to=person.posts.get().pk)
        clear_cached_count()
        with django_assert_max_num_queries(4) as queries:  # one of them is the look-up of the token
            response = as_ana.get(f"{path}?limit=100&per_page=100" if "users" in path else f"{path}?limit=100")
        assert len(response.json()["items"]) >= more
        counts.append(len(queries))
    assert counts[0] == counts[1]


LISTS_OF_THE_BLOG = [
    "/api/entries", "/api/entries/drafts", "/api/users/{pk}/entries",
    "/api/snippets", "/api/snippets/drafts", "/api/users/{pk}/snippets", "/api/search/blog?q=number",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS_OF_THE_BLOG)
def test_list_of_the_blog_makes_constant_queries(ana, as_ana, path, django_assert_max_num_queries):
    path = path.format(pk=ana.pk)
    as_ana.get(path)  # records the use of the token
    counts = []
    for more in (1, 19):
        for _number in range(more):
            for status in Publication.Status:
                EntryFactory(author=ana, tags=["tea", "cups"], status=status)
                SnippetFactory(author=ana, status=status)
        with django_assert_max_num_queries(4) as queries:  # one of them is the look-up of the token
            response = as_ana.get(f"{path}{'&' if '?' in path else '?'}limit=100&per_page=100")
        assert len(response.json()["items"]) >= more
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", ["/api/repositories", "/api/repositories/{pk}/issues?state=open"])
def test_list_of_repositories_or_issues_makes_constant_queries(as_ana, path, django_assert_max_num_queries):
    repository = RepositoryFactory()
    path = path.format(pk=repository.pk)
    as_ana.get(path)  # records the use of the token
    counts = []
    for more in (1, 49):
        IssueFactory.create_batch(more, repository=repository)
        RepositoryFactory.create_batch(more)
        with django_assert_max_num_queries(4) as queries:  # one of them is the look-up of the token
            response = as_ana.get(f"{path}{'&' if '?' in path else '?'}limit=100")
        assert len(response.json()["items"]) >= more
        counts.append(len(queries))
    assert counts[0] == counts[1]


OWN_LISTS = ["/api/blocks", "/api/mutes", "/api/conversations", "/api/notifications", "/api/reports",
         "/api/search/posts?q=penguin", "/api/search/posts?q=penguin from:author -from:ana",
         "/api/search/people?q=person"]  # fmt: skip


@pytest.mark.parametrize("path", OWN_LISTS)
def test_own_list_or_search_makes_constant_queries(as_ana, ana, path, django_assert_max_num_queries):
    as_ana.get(path)  # records the use of the token
    rule = Rule.objects.in_force()[0]
    author = UserFactory(username="author")
    # Analyze the tables, so that both counts use the same plan.
    block_user(UserFactory(), actor=ana)
    mute_user(UserFactory(), actor=ana)
    counts = []
    for more in (1, 15):
        for person in UserFactory.create_batch(more):
            send_message(ana, sender=person, body="Hello")
            follow_user(ana, actor=person)
            report(PostFactory(author=author, body="penguin"), actor=ana, rule=rule)
            (block_user if path == "/api/blocks" else mute_user)(UserFactory(), actor=ana)
        run_due_everywhere()
        with django_assert_max_num_queries(4) as queries:  # one of them is the look-up of the token
            response = as_ana.get(f"{path}{'&' if '?' in path else '?'}per_page=100")
        assert len(response.json()["items"]) >= more
        counts.append(len(queries))
    assert counts[0] == counts[1]
