import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from posts.models import Bookmark, Like, Post
from posts.reactions.services import bookmark_post, like_post, repost_post, undo_repost, unlike_post
from posts.services import hide_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user

pytestmark = pytest.mark.django_db

ACTIONS = ("like", "repost", "bookmark")
HTMX = {"HTTP_HX_REQUEST": "true"}


def buttons(page):
    """Return (action, aria-pressed, accessible name) of the buttons of reactions on a page."""
    found = re.findall(r'<button[^>]*form="reactions"[^>]*>', page.content.decode())
    names = ("formaction", "aria-pressed", "aria-label")
    return [
        tuple(re.search(f'{name}="([^"]*)"', button)[1].replace("\u2068", "").replace("\u2069", "") for name in names)
        for button in found
    ]


def test_buttons_of_a_post_show_the_readers_reactions(ana_client, ana, bob):
    post = PostFactory(author=bob)
    verbs = {"like": "Like", "repost": "Repost", "bookmark": "Bookmark"}
    plain, pressed = (
        [(f"/post/{post.pk}/{un}{verb}", state, f"{name} the post by bob") for verb, name in verbs.items()]
        for un, state in (("", "false"), ("un", "true"))
    )

    def react(actor):
        for service in (like_post, repost_post, bookmark_post):
            service(post, actor=actor)

    react(bob)
    pages = ["/explore", "/user/bob", post.get_absolute_url(), "/search?q=thought"]
    assert [buttons(ana_client.get(page)) for page in pages] == [plain] * 4
    react(ana)
    assert [buttons(ana_client.get(page)) for page in [*pages, "/likes", "/bookmarks"]] == [pressed] * 6
    explore = ana_client.get("/explore").content.decode()
    for name in ("likes", "reposts"):
        assert re.search(rf'data-count="2"\s+aria-label="2 {name}"', explore)


def test_number_of_0_is_left_out(ana_client, bob):
    post = PostFactory(author=bob)
    assert "data-count" not in ana_client.get("/explore").content.decode()
    for action in ("like", "repost"):
        url = f"/post/{post.pk}/{action}"
        ana_client.post(url, **HTMX)
        assert f'href="{url}s" data-count="1"' in ana_client.get("/explore").content.decode()
        response = ana_client.post(f"/post/{post.pk}/un{action}", **HTMX)
        assert (response.status_code, response.content) == (200, b"")
    assert "data-count" not in ana_client.get("/explore").content.decode()


def test_urls_have_the_endings_that_templates_and_scripts_append():
    post = reverse("posts:post", args=[7])
    for action, people in (("like", "likers"), ("repost", "reposters"), ("bookmark", None)):
        assert reverse(f"posts:{action}", args=[7]) == f"{post}/{action}"
        assert reverse(f"posts:un{action}", args=[7]) == f"{post}/un{action}"
        assert not people or reverse(f"posts:{people}", args=[7]) == f"{post}/{action}s"
    for page in ("edit", "delete", "translation"):
        assert reverse(f"posts:{page}", args=[7]) == f"{post}/{page}"
    assert reverse("relationships:popup", args=["ana"]) == f"{reverse('posts:profile', args=['ana'])}/popup"


def test_own_hidden_post_cannot_be_reposted(ana_client, ana, bob):
    post = PostFactory(author=ana)
    hide_post(post, actor=bob, reason="Spam")
    assert "/repost" not in ana_client.get(post.get_absolute_url()).content.decode()


def test_home_shows_what_followees_repost_and_who_did(ana_client, ana, bob):
    first, second = PostFactory(author=bob), PostFactory(author=bob)
    dan = UserFactory(username="dan")
    follow_user(dan, actor=ana)
    for post in (first, second):
        repost_post(post, actor=dan)
    page = ana_client.get("/")
    assert [(post, post.repost.author) for post in page.context["page"].items] == [(second, dan), (first, dan)]
    content = page.content.decode()
    assert content.count("Reposted by <bdi>dan</bdi>") == 2
    newest = Post.objects.latest("pk")
    assert f'/new_posts?after={newest.pk}"' in content
    assert [tag for tag, *_rest in buttons(page)][:3] == [f"/post/{second.pk}/{verb}" for verb in ACTIONS]
    undo_repost(second, actor=dan)
    assert ana_client.get("/").context["page"].items == [first]
    follow_user(bob, actor=ana)
    # A post is on a page once.
    assert ana_client.get("/").context["page"].items == [first, second]


def test_home_with_reposts_takes_no_more_queries(ana_client, ana, bob, django_assert_max_num_queries):
    dan = UserFactory(username="dan")
    follow_user(dan, actor=ana)
    PostFactory(author=dan)
    ana_client.get("/")
    with django_assert_max_num_queries(6) as without:
        ana_client.get("/")
    for post in PostFactory.create_batch(5, author=bob):
        repost_post(post, actor=dan)
    ana_client.get("/")
    with django_assert_max_num_queries(6) as reposted:
        assert len(ana_client.get("/").context["page"].items) == 6
    assert len(reposted) == len(without)


def test_form_without_scripts_returns_to_the_post_on_its_page(ana_client, ana, bob):
    post = PostFactory(author=bob)
    came_from = "/explore?before=99"
    for action in ACTIONS:
        response = ana_client.post(f"/post/{post.pk}/{action}", HTTP_REFERER=f"http://testserver{came_from}")
        assert (response.status_code, response["Location"]) == (302, f"{came_from}#post{post.pk}")
    assert [list(model.objects.values_list("user")) for model in (Like, Bookmark)] == [[(ana.pk,)]] * 2
    assert Post.objects.get(repost_of=post).author == ana
    for action in ACTIONS:
        response = ana_client.post(f"/post/{post.pk}/un{action}", HTTP_REFERER="https://evil.example/explore")
        assert response["Location"] == f"/post/{post.pk}#post{post.pk}"
    assert not Like.objects.filter(undone_at=None).exists()
    assert Post.objects.get(repost_of=post).hidden_at is not None
    assert not Bookmark.objects.exists()


def test_htmx_gets_the_number_of_likes_or_reposts(ana_client, bob):
    post = PostFactory(author=bob)
    like_post(post, actor=bob)
    repost_post(post, actor=bob)
    for action in ("like", "repost"):
        response = ana_client.post(f"/post/{post.pk}/{action}", **HTMX)
        assert response.status_code == 200
        assert re.search(rf'/post/{post.pk}/{action}s"\s+data-count="2"', response.content.decode())
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


@pytest.mark.parametrize(
    ("path", "do", "undo"), [("likes", like_post, unlike_post), ("reposts", repost_post, undo_repost)]
)
class TestPeople:
    def test_are_listed_if_visible_the_last_first(self, ana_client, ana, bob, path, do, undo):
        post = PostFactory(author=bob)
        people = [UserFactory(username=f"person{number}") for number in range(5)]
        for person in people:
            do(post, actor=person)
        undo(post, actor=people[0])
        suspend_user(people[1], actor=bob)
        block_user(ana, actor=people[2])
        page = ana_client.get(f"/post/{post.pk}/{path}")
        assert [person.username for person in page.context["page"].items] == ["person4", "person3"]

    def test_of_a_post_that_is_not_visible_are_not_found(self, ana_client, ana, bob, path, do, undo):
        post = PostFactory(author=bob)
        do(post, actor=bob)
        hide_post(post, actor=ana, reason="Spam")
        assert ana_client.get(f"/post/{post.pk}/{path}").status_code == 404


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


@pytest.mark.parametrize("path", ["/likes", "/bookmarks", "/post/{}/likes", "/post/{}/reposts"])
def test_lists_take_the_same_few_queries_with_one_row_and_many(
    ana_client, ana, bob, path, django_assert_max_num_queries
):
    posts = PostFactory.create_batch(20, author=bob)
    people = UserFactory.create_batch(19)
    url = path.format(posts[0].pk)
    like_post(posts[0], actor=ana)
    repost_post(posts[0], actor=ana)
    bookmark_post(posts[0], actor=ana)
    ana_client.get(url)
    with django_assert_max_num_queries(6) as few:
        ana_client.get(url)
    for post in posts:
        like_post(post, actor=ana)
        bookmark_post(post, actor=ana)
    for person in people:
        like_post(posts[0], actor=person)
        repost_post(posts[0], actor=person)
    with django_assert_max_num_queries(6) as many:
        assert len(ana_client.get(url).context["page"].items) == 20
    assert len(many) == len(few)
