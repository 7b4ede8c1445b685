import re

import pytest
from django.contrib.messages import get_messages

from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from posts.models import Bookmark, Like
from posts.reactions.services import bookmark_post, like_post, unlike_post
from posts.services import hide_post
from posts.tests.factories import PostFactory
from relationships.services import block_user

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


def buttons(page):
    """Return (action, aria-pressed, accessible name) of the buttons of reactions on a page."""
    found = re.findall(r"<button[^>]*data-react[^>]*>", page.content.decode())
    names = ("formaction", "aria-pressed", "aria-label")
    return [
        tuple(re.search(f'{name}="([^"]*)"', button)[1].replace("\u2068", "").replace("\u2069", "") for name in names)
        for button in found
    ]


def test_buttons_of_a_post_show_the_readers_reactions(ana_client, ana, bob):
    post = PostFactory(author=bob)
    names = ["Like the post by bob", "Bookmark the post by bob"]
    plain = [(f"/post/{post.pk}/like", "false", names[0]), (f"/post/{post.pk}/bookmark", "false", names[1])]
    pressed = [(f"/post/{post.pk}/unlike", "true", names[0]), (f"/post/{post.pk}/unbookmark", "true", names[1])]
    like_post(post, actor=bob)
    bookmark_post(post, actor=bob)
    pages = ["/explore", "/user/bob", post.get_absolute_url(), "/search?q=thought"]
    assert [buttons(ana_client.get(page)) for page in pages] == [plain] * 4
    like_post(post, actor=ana)
    bookmark_post(post, actor=ana)
    assert [buttons(ana_client.get(page)) for page in [*pages, "/likes", "/bookmarks"]] == [pressed] * 6
    assert re.search(r'data-count="2"\s+aria-label="2 likes"', ana_client.get("/explore").content.decode())


def test_form_without_scripts_returns_to_the_post_on_its_page(ana_client, ana, bob):
    post = PostFactory(author=bob)
    came_from = "/explore?before=99"
    for action in ("like", "bookmark"):
        response = ana_client.post(f"/post/{post.pk}/{action}", HTTP_REFERER=f"http://testserver{came_from}")
        assert (response.status_code, response["Location"]) == (302, f"{came_from}#post{post.pk}")
    assert [list(model.objects.values_list("user")) for model in (Like, Bookmark)] == [[(ana.pk,)]] * 2
    for action in ("unlike", "unbookmark"):
        response = ana_client.post(f"/post/{post.pk}/{action}", HTTP_REFERER="https://evil.example/explore")
        assert response["Location"] == f"/post/{post.pk}#post{post.pk}"
    assert not Like.objects.filter(undone_at=None).exists()
    assert not Bookmark.objects.exists()


def test_htmx_gets_the_number_of_likes(ana_client, bob):
    post = PostFactory(author=bob)
    like_post(post, actor=bob)
    response = ana_client.post(f"/post/{post.pk}/like", **HTMX)
    assert (response.status_code, 'data-count="2"' in response.content.decode()) == (200, True)
    assert ana_client.post(f"/post/{post.pk}/bookmark", **HTMX).status_code == 204


def test_refusal_says_why(ana_client, ana, bob, settings):
    post = PostFactory(author=bob)
    hide_post(post, actor=ana, reason="Spam")
    response = ana_client.post(f"/post/{post.pk}/like", **HTMX)
    assert (response.status_code, response.content.decode()) == (404, "This post is no longer available.")
    response = ana_client.post(f"/post/{post.pk}/like", HTTP_REFERER="http://testserver/explore")
    assert response["Location"] == "/explore"
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["This post is no longer available."]
    settings.ACCOUNT_RATE_LIMITS = {"react": "1/10m/user"}
    responses = [ana_client.post(f"/post/{PostFactory().pk}/bookmark", **HTMX) for _repetition in range(2)]
    assert [response.status_code for response in responses] == [204, 429]
    assert b"Please try again in a few minutes." in responses[1].content


class TestLikers:
    def test_only_visible_people_are_listed_the_last_first(self, ana_client, ana, bob):
        post = PostFactory(author=bob)
        people = [UserFactory(username=f"liker{number}") for number in range(5)]
        for person in people:
            like_post(post, actor=person)
        unlike_post(post, actor=people[0])
        suspend_user(people[1], actor=bob)
        block_user(ana, actor=people[2])
        page = ana_client.get(f"/post/{post.pk}/likes")
        assert [person.username for person in page.context["page"].items] == ["liker4", "liker3"]

    def test_of_a_post_that_is_not_visible_are_not_found(self, ana_client, ana, bob):
        post = PostFactory(author=bob)
        like_post(post, actor=bob)
        hide_post(post, actor=ana, reason="Spam")
        assert ana_client.get(f"/post/{post.pk}/likes").status_code == 404


@pytest.mark.parametrize("path", ["/likes", "/bookmarks"])
class TestOwnLists:
    def react(self, path, posts, actor):
        for post in posts:
            (like_post if path == "/likes" else bookmark_post)(post, actor=actor)

    def test_are_paged_in_the_order_of_reactions(self, ana_client, ana, bob, path, settings):
        settings.POSTS_PER_PAGE = 2
        posts = PostFactory.create_batch(5, author=bob)
        order = [posts[place] for place in (3, 0, 4, 1, 2)]
        self.react(path, order, ana)
        seen, query = [], ""
        for _page in range(3):
            page = ana_client.get(f"{path}{query}").context["page"]
            seen += page.items
            query = page.older
        assert (seen, query) == (order[::-1], "")
        assert [post.pk for post in ana_client.get(f"{path}{page.newer}").context["page"].items] == [
            post.pk for post in order[2:0:-1]
        ]

    def test_exclude_what_is_no_longer_visible(self, ana_client, ana, bob, path):
        hidden, by_blocker, kept = PostFactory(author=bob), PostFactory(), PostFactory(author=bob)
        self.react(path, [hidden, by_blocker, kept], ana)
        hide_post(hidden, actor=bob, reason="Spam")
        block_user(ana, actor=by_blocker.author)
        assert ana_client.get(path).context["page"].items == [kept]

    def test_empty_list_says_what_belongs_there(self, ana_client, bob, path):
        self.react(path, [PostFactory()], bob)
        page = ana_client.get(path).content.decode()
        assert "mb-empty" in page
        assert "mb-post__body" not in page


@pytest.mark.parametrize("path", ["/likes", "/bookmarks", "/post/{}/likes"])
def test_lists_take_the_same_few_queries_with_one_row_and_many(
    ana_client, ana, bob, path, django_assert_max_num_queries
):
    posts = PostFactory.create_batch(20, author=bob)
    people = UserFactory.create_batch(19)
    url = path.format(posts[0].pk)
    like_post(posts[0], actor=ana)
    bookmark_post(posts[0], actor=ana)
    ana_client.get(url)
    with django_assert_max_num_queries(6) as few:
        ana_client.get(url)
    for post in posts:
        like_post(post, actor=ana)
        bookmark_post(post, actor=ana)
    for person in people:
        like_post(posts[0], actor=person)
    with django_assert_max_num_queries(6) as many:
        assert len(ana_client.get(url).context["page"].items) == 20
    assert len(many) == len(few)
