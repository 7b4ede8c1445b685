"""Search totals reveal nothing about texts of a user who blocks the viewer."""

import re
from datetime import timedelta

import pytest

from accounts.models import User
from accounts.security.services import make_token
from accounts.tests.factories import UserFactory
from blog.tests.factories import EntryFactory, SnippetFactory
from posts.services import publish_post
from relationships.models import Block
from relationships.services import block_user

KINDS = ("posts", "people", "blog")
WORDS = ("secret", "nosuchword", "shared", "solo")
pytestmark = pytest.mark.django_db


@pytest.fixture
def blocked(engine, settle):
    """Return a user that ana blocks; posts and profiles of both have one shared word and one of their own."""
    ana = UserFactory(username="ana", about_me="secret shared")
    bob = UserFactory(username="bob", about_me="shared solo")
    for author, body in [(ana, "secret meeting"), (ana, "shared word"), (ana, "shared thought"), (bob, "shared solo")]:
        publish_post(author, body=body)
        EntryFactory(author=author, title=body)
        SnippetFactory(author=author, title=body)
    block_user(bob, actor=ana)
    settle()
    return User.objects.get(pk=bob.pk)


@pytest.fixture(params=["api", "page"])
def observe(request, blocked, client, settings):
    """Return what bob sees on a results page except his query: counts, links and rows."""

    def by_api(kind, text, page):
        _row, token = make_token(blocked, name="x", lifetime=timedelta(hours=1))
        query = {"q": text, "page": page, "per_page": 1}
        answer = client.get(f"/api/search/{kind}", query, headers={"Authorization": f"Bearer {token}"}).json()
        return answer["_meta"], bool(answer["_links"]["next"]), [row["id"] for row in answer["items"]]

    def by_page(kind, text, page):
        settings.POSTS_PER_PAGE = 1
        client.force_login(blocked)
        html = client.get("/search", {"q": text, "type": kind, "page": page}).content.decode()
        return re.sub(f"</?mark>|{'|'.join(WORDS)}| ", "", html.partition("<main")[2].partition("</main>")[0])

    return by_api if request.param == "api" else by_page


@pytest.mark.parametrize(("tested", "known"), [("secret", "nosuchword"), ("shared", "solo")])
def test_search_is_the_same_with_and_without_texts_of_the_blocker(observe, tested, known):
    for kind in KINDS:
        for page in (1, 2, 3):
            assert observe(kind, tested, page) == observe(kind, known, page), (kind, page)


def test_blocker_does_not_see_more(blocked, settle, client):
    ana = User.objects.get(username="ana")
    _row, token = make_token(ana, name="x", lifetime=timedelta(hours=1))
    answer = client.get("/api/search/posts?q=solo&page=2", headers={"Authorization": f"Bearer {token}"}).json()
    assert answer["_meta"]["total_items"] == 0


def test_search_works_with_thousands_of_blocks(blocked, observe):
    others = User.objects.bulk_create(User(username=f"u{n}", email=f"u{n}@example.com") for n in range(3_000))
    Block.objects.bulk_create(Block(blocker=other, blocked=blocked) for other in others)
    for kind in ("posts", "people"):
        assert observe(kind, "secret", 2) == observe(kind, "nosuchword", 2)
