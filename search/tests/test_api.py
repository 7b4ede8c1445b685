"""Search in the API."""

import pytest

from blog.models import Publication
from blog.services import hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from jobs.worker import run_due_everywhere
from posts.models import Post
from posts.reactions.services import bookmark_post
from posts.tests.factories import PostFactory
from tests.helpers.clients import item_ids

pytestmark = pytest.mark.django_db


class TestSearch:
    def test_posts_and_people_are_found(self, as_ana, bob):
        post = PostFactory(author=bob, body="Penguins on parade")
        run_due_everywhere()
        answer = as_ana.get("/api/search/posts?q=penguins").json()
        assert [item["id"] for item in answer["items"]] == [post.pk]
        assert answer["_meta"]["total_items"] == 1
        assert answer["_links"]["self"] == "/api/search/posts?q=penguins&page=1&per_page=10"
        assert item_ids(as_ana.get("/api/search/people?q=bo")) == [bob.pk]
        assert item_ids(as_ana.get("/api/search/posts?q=penguins&page=1000000")) == []

    def test_entries_and_snippets_are_found(self, as_ana, ana, bob):
        entry = EntryFactory(
            author=bob, title="Penguins", body="They walk through the snow to the sea in the morning."
        )
        snippet = SnippetFactory(author=bob, title="Counting", body="penguins = 1", lexer_name="python")
        EntryFactory(author=ana, title="Penguins", status=Publication.Status.DRAFT)
        hide_publication(SnippetFactory(author=ana, title="Penguins"), actor=bob, reason="Spam")
        run_due_everywhere()
        answer = as_ana.get("/api/search/blog?q=penguins").json()
        assert answer["_meta"]["total_items"] == 2
        found = {(item["kind"], item["id"], item["title"], item["language"]) for item in answer["items"]}
        assert found == {("entry", entry.pk, "Penguins", "en"), ("snippet", snippet.pk, "Counting", "python")}
        for item in answer["items"]:
            shown = as_ana.get(item["_links"]["self"]).json()
            assert {name: shown[name] for name in item.keys() - {"kind"}} == {
                name: value for name, value in item.items() if name != "kind"
            }
        assert len(item_ids(as_ana.get("/api/search/blog?q=penguins -counting from:bob"))) == 1

    def test_own_bookmarks_are_found(self, as_ana, ana, bob):
        posts = [PostFactory(author=bob, body="Penguins") for _ in range(2)]
        for post, actor in zip(posts, (ana, bob), strict=True):
            bookmark_post(post, actor=actor)
        run_due_everywhere()
        assert item_ids(as_ana.get("/api/search/posts?q=in:bookmarks penguins")) == [posts[0].pk]

    def test_pages_link_to_the_next(self, as_ana, bob):
        for _ in range(3):
            PostFactory(author=bob, body="Penguins")
        run_due_everywhere()
        seen, url = [], "/api/search/posts?q=penguins&per_page=2"
        while url:
            answer = as_ana.get(url).json()
            seen += [item["id"] for item in answer["items"]]
            url = answer["_links"]["next"]
        assert sorted(seen) == sorted(Post.objects.values_list("pk", flat=True))

    @pytest.mark.parametrize("query", ["", "q=", "q=%20"])
    def test_empty_query_is_refused(self, as_ana, query):
        assert as_ana.get(f"/api/search/posts?{query}").status_code == 400
