import re
import uuid
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user, mute_user

pytestmark = pytest.mark.django_db

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def shown_bodies(page):
    return re.findall(r'<[^>]+ id="post\d+"[^>]*>(.*?)</', page.content.decode(), re.DOTALL)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Your timeline is empty"),
        ("/explore", "No posts yet"),
        ("/user/ana", "You have not posted anything yet"),
        ("/user/bob", "bob has not posted anything yet"),
    ],
)
def test_empty_timeline_says_so_and_what_to_do(ana_client, bob, path, title):
    page = ana_client.get(path).content.decode()
    assert f"<h2>{title}</h2>" in page
    assert "There are no older posts." not in page


class TestWriting:
    def test_post_is_published_once_despite_a_refresh(self, ana_client):
        response = ana_client.post("/", {"body": "Hello, world."})
        assert (response.status_code, response["Location"]) == (302, "/")
        assert [str(message) for message in get_messages(response.wsgi_request)] == ["Your post is now live!"]
        assert "Hello, world." in ana_client.get("/").content.decode()

    def test_double_click_on_submit_writes_one_post(self, ana_client):
        key = ana_client.get("/").context["form"]["submission_key"].value()
        for _ in range(2):
            response = ana_client.post("/", {"body": "once", "submission_key": key})
            assert response.status_code == 302
        assert Post.objects.count() == 1
        assert ana_client.get("/").context["form"]["submission_key"].value() != key

    @pytest.mark.parametrize(("key", "status"), [("nonsense", 200), ("", 302), ("\x00", 200)])
    def test_form_with_an_invalid_key_does_not_fail(self, ana_client, key, status):
        assert ana_client.post("/", {"body": "x", "submission_key": key}).status_code == status

    def test_form_from_an_ended_session_keeps_the_text(self, ana):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(ana)
        response = strict.post("/", {"body": "An hour of <b>thought</b>."})
        assert response.status_code == 403
        assert "An hour of &lt;b&gt;thought&lt;/b&gt;." in response.content.decode()
        assert not Post.objects.exists()

    @pytest.mark.parametrize(
        ("body", "shown"),
        [
            ("x" * 140, "x" * 140),
            (FAMILY * 140, FAMILY * 140),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("<b>bold</b> &amp; \"quoted\" 'too'", "<b>bold</b> &amp; \"quoted\" 'too'"),
            ("\u202eright to left\u202c over", "\u202eright to left\u202c over"),
            ("e\u0301" * 140, "é" * 140),
            ("  around\r\n\r\n\r\n\r\nlines  ", "around\n\nlines"),
        ],
        ids=["140", "families", "script", "markup", "override", "accents", "lines"],
    )
    def test_html_in_posts_is_shown_as_text(self, ana_client, body, shown):
        assert ana_client.post("/", {"body": body}).status_code == 302
        (found,) = shown_bodies(ana_client.get("/"))
        text = unescape(re.sub(r"<br ?/?>", "\n", found)).strip()
        assert text == shown

    @pytest.mark.parametrize(
        "body",
        [
            "x" * 141,
            FAMILY * 141,
            "nul \x00",
            "bell \x07",
            "   \n\t ",
            "\u200b\u200d\ufeff",
            "\u0301\u0301",
            "a" * 100_000,
            "e" + "\u0301" * 2000,
            "Z" + "\u0316" * 9 + " piles up",
            "",
        ],
        ids=["141", "families", "nul", "bell", "spaces", "zero-width", "marks", "100kB", "accents", "piled", "empty"],
    )
    def test_invalid_post_shows_an_error_and_keeps_the_text(self, ana_client, ana, body):
        PostFactory(author=ana, body="The timeline stays.")
        response = ana_client.post("/", {"body": body})
        assert response.status_code == 200
        assert len(response.context["form"].errors["body"]) == 1
        page = unescape(response.content.decode())
        assert response.context["form"].errors["body"][0] in page
        assert body in page
        assert "The timeline stays." in page
        assert Post.objects.count() == 1


class TestReading:
    @pytest.mark.parametrize("path", ["/", "/explore", "/user/bob"])
    def test_timelines_need_the_same_queries_with_one_and_fifty_rows(
        self, ana_client, ana, settings, path, django_assert_max_num_queries
    ):
        settings.POSTS_PER_PAGE = 50
        bob = UserFactory(username="bob")
        follow_user(bob, actor=ana)
        # As many followees as use the same query of the home timeline.
        authors = [bob] if path == "/user/bob" else UserFactory.create_batch(30)
        for author in authors:
            follow_user(author, actor=ana)
        counts = []
        for numbers in (range(1), range(1, 50)):
            for number in numbers:
                PostFactory(author=authors[number % len(authors)])
            cache.clear()  # the cached suggestions
            with django_assert_max_num_queries(6) as queries:
                page = ana_client.get(path)
            counts.append((len(page.context["page"].items), len(queries)))
        assert [rows for rows, _queries in counts] == [1, 50]
        assert counts[0][1] == counts[1][1]

    @pytest.mark.parametrize("path", ["/", "/user/bob/replies"])
    def test_names_after_replying_to_are_no_further_query(self, ana_client, ana, path, django_assert_max_num_queries):
        bob = UserFactory(username="bob")
        follow_user(bob, actor=ana)
        counts = []
        for replies in (0, 1, 9):
            for _ in range(replies):
                other = PostFactory()
                follow_user(other.author, actor=ana)
                PostFactory(author=bob, reply_to=other.pk)
            PostFactory(author=bob)
            cache.clear()
            with django_assert_max_num_queries(6) as queries:
                page = ana_client.get(path).content.decode()
            assert page.count("Replying to <bdi>@") == {0: 0, 1: 1, 9: 10}[replies]
            counts.append(len(queries))
        assert len(set(counts)) == 1

    @pytest.mark.parametrize("path", ["/", "/explore", "/user/ana"])
    def test_lists_are_paged_both_ways(self, ana_client, ana, settings, path):
        settings.POSTS_PER_PAGE = 2
        posts = PostFactory.create_batch(5, author=ana)[::-1]
        first = ana_client.get(path).context["page"]
        second = ana_client.get(path + first.older).context["page"]
        third = ana_client.get(path + second.older).context["page"]
        assert [first.items, second.items, third.items] == [posts[:2], posts[2:4], posts[4:]]
        assert (first.newer, third.older) == ("", "")
        assert ana_client.get(path + third.newer).context["page"].items == posts[2:4]
        assert ana_client.get(path + second.newer).context["page"].items == posts[:2]

    @pytest.mark.parametrize("path", ["/", "/explore", "/user/ana"])
    def test_list_with_one_page_has_no_pager(self, ana_client, ana, settings, path):
        settings.POSTS_PER_PAGE = 2
        PostFactory.create_batch(2, author=ana)
        assert 'class="pager"' not in ana_client.get(path).content.decode()
        PostFactory(author=ana)
        page = ana_client.get(path).content.decode()
        assert "Older posts" in page
        assert "Newer posts" not in page

    @pytest.mark.parametrize("path", ["/", "/explore", "/user/ana"])
    def test_invalid_cursor_returns_the_first_page(self, ana_client, ana, path):
        post = PostFactory(author=ana)
        for query in ("?before=x", "?after=²", "?page=2", "?before=%00"):
            assert ana_client.get(path + query).context["page"].items == [post], query

    def test_past_the_end_the_list_is_empty(self, ana_client, ana):
        post = PostFactory(author=ana)
        page = ana_client.get(f"/?before={post.pk}")
        assert (page.status_code, page.context["page"].items) == (200, [])
        assert ana_client.get("/" + page.context["page"].newer).context["page"].items == [post]

    @pytest.mark.parametrize("path", ["/", "/explore", "/user/ana"])
    def test_empty_lists_render(self, ana_client, path):
        assert ana_client.get(path).status_code == 200

    def test_former_url_of_home_redirects(self, ana_client):
        assert ana_client.get("/index")["Location"] == "/"

    @pytest.mark.parametrize("path", ["/post/0", "/post/99999999999999999999999", "/post/1/edit", "/user/%00"])
    def test_unknown_pages_are_not_found(self, ana_client, path):
        assert ana_client.get(path).status_code == 404

    def test_hidden_post_shows_the_reason_to_its_author_only(self, ana_client, client, ana):
        post = PostFactory(author=ana, body="Buy now")
        Post.objects.filter(pk=post.pk).update(hidden_at=timezone.now(), hidden_reason="Rule 4: no spam.")
        assert "Rule 4: no spam." in ana_client.get(f"/post/{post.pk}").content.decode()
        client.force_login(UserFactory())
        assert client.get(f"/post/{post.pk}").status_code == 404
        for path in ("/explore", "/user/ana"):
            assert "Buy now" not in client.get(path).content.decode()

    def test_suggestions_exclude_followed_and_invisible_users_at_once(self, ana_client, ana):
        people = [UserFactory() for _ in range(4)]
        assert len(ana_client.get("/explore").context["suggestions"]) == 3
        follow_user(people[0], actor=ana)
        block_user(ana, actor=people[1])
        suspend_user(people[2], actor=ana)
        assert ana_client.get("/explore").context["suggestions"] == [people[3]]
        mute_user(people[3], actor=ana)
        assert ana_client.get("/explore").context["suggestions"] == []

    def test_posts_of_suspended_users_are_absent(self, ana_client, ana):
        post = PostFactory(body="from afar")
        follow_user(post.author, actor=ana)
        assert "from afar" in ana_client.get("/").content.decode()
        User.objects.filter(pk=post.author_id).update(suspended_at=timezone.now())
        for path in ("/", "/explore"):
            assert "from afar" not in ana_client.get(path).content.decode()
        assert ana_client.get(f"/post/{post.pk}").status_code == 404


class TestNewPosts:
    def test_newer_posts_are_counted(self, ana_client, ana):
        first = PostFactory(author=ana)
        assert ana_client.get(f"/new_posts?after={first.pk}").status_code == 204
        PostFactory.create_batch(3, author=ana)
        response = ana_client.get(f"/new_posts?after={first.pk}")
        assert response.status_code == 200
        assert response.context["count"] == 3

    @pytest.mark.parametrize("after", ["", "x", "9" * 30, "-1", "\x00"])
    def test_invalid_id_counts_nothing(self, ana_client, after):
        assert ana_client.get("/new_posts", {"after": after}).status_code == 204


def test_submission_keys_are_read_as_such(ana_client):
    ana_client.post("/", {"body": "x", "submission_key": str(uuid.uuid4())})
    assert Post.objects.get().submission_key is not None
