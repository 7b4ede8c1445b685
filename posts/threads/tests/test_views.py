import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.services import delete_post, hide_post, publish_post
from posts.tests.factories import PostFactory
from posts.threads.reading import ANCESTORS
from relationships.services import block_user, mute_user

pytestmark = pytest.mark.django_db


def page_of(client, post, query="", status=200):
    response = client.get(f"/post/{post.pk}{query}")
    assert response.status_code == status
    return response


def shown_replies(client, post, query="", status=200):
    return [reply.pk for reply in page_of(client, post, query, status).context["page"].items]


def chain(length, author):
    """Write a thread in which each post replies to the one before."""
    posts = [PostFactory(author=author)]
    while len(posts) < length:
        posts.append(publish_post(author, body=f"Part {len(posts)}", reply_to=posts[-1].pk))
    return posts


class TestThread:
    def test_ancestors_are_above_and_direct_replies_below_in_order_of_time(self, ana_client, ana, bob):
        start = PostFactory(author=bob)
        middle = PostFactory(reply_to=start.pk)
        replies = PostFactory.create_batch(3, reply_to=middle.pk)
        PostFactory(reply_to=replies[0].pk)
        PostFactory(reply_to=start.pk)
        context = page_of(ana_client, middle).context
        assert [place.post for place in context["ancestors"]] == [start]
        assert context["page"].items == replies

    def test_continuation_by_the_author_comes_first(self, ana_client, bob):
        start = PostFactory(author=bob)
        other = PostFactory(reply_to=start.pk)
        own = PostFactory(author=bob, reply_to=start.pk)
        assert shown_replies(ana_client, start) == [own.pk, other.pk]
        # Also below a reply, where the addressee of both is a user.
        answer = PostFactory(author=other.author, reply_to=other.pk)
        first = PostFactory(author=bob, reply_to=answer.pk)
        second = PostFactory(author=other.author, reply_to=answer.pk)
        assert shown_replies(ana_client, answer) == [second.pk, first.pk]

    @pytest.mark.parametrize("own", [0, 1, 2, 5])
    def test_pages_show_each_reply_once_in_both_directions(self, ana_client, bob, settings, own):
        settings.POSTS_PER_PAGE = 2
        start = PostFactory(author=bob)
        written = [PostFactory(author=bob, reply_to=start.pk).pk for _ in range(own)]
        written += [PostFactory(reply_to=start.pk).pk for _ in range(5)]
        pages, query = [], ""
        while True:
            page = page_of(ana_client, start, query).context["page"]
            pages.append([reply.pk for reply in page.items])
            if not page.older:
                break
            query = page.older
        seen = [pk for page in pages for pk in page]
        assert (seen, sorted(seen)) == (written, written)
        back = [pages[-1]]
        while page.newer:
            page = page_of(ana_client, start, page.newer).context["page"]
            back.append([reply.pk for reply in page.items])
        assert back[-1] == pages[0]
        assert set().union(*back) == set(seen)

    def test_only_the_nearest_ancestors_are_shown_with_a_link_further_up(self, ana_client, bob):
        posts = chain(ANCESTORS + 3, bob)
        context = page_of(ana_client, posts[-1]).context
        assert [place.pk for place in context["ancestors"]] == [post.pk for post in posts[2:-1]]
        assert context["further_up"] == posts[1].pk
        assert f'href="/post/{posts[1].pk}"' in page_of(ana_client, posts[-1]).content.decode()
        assert page_of(ana_client, posts[ANCESTORS]).context["further_up"] is None

    def test_muted_user_is_absent_from_replies(self, ana_client, ana, bob):
        start = PostFactory()
        mute_user(bob, actor=ana)
        publish_post(bob, body="x", reply_to=start.pk)
        assert shown_replies(ana_client, start) == []

    def test_reply_names_the_user_that_it_answers_only_to_those_who_see_them(self, ana_client, ana, bob):
        reply = PostFactory(reply_to=PostFactory(author=bob).pk)
        text = "Replying to <bdi>@bob</bdi>"
        for path in (f"/post/{reply.pk}", f"/user/{reply.author.username}/replies"):
            assert text in ana_client.get(path).content.decode(), path
        block_user(ana, actor=bob)
        ana.refresh_from_db()
        for path in (f"/post/{reply.pk}", f"/user/{reply.author.username}/replies"):
            page = ana_client.get(path).content.decode()
            assert "bob" not in page
            assert "Replying to a post" in page

    @pytest.mark.parametrize("replies", [1, 30])
    def test_thread_takes_at_most_eight_queries(self, ana_client, ana, bob, replies):
        post = chain(5, bob)[-1]
        PostFactory.create_batch(replies, reply_to=post.pk)
        page_of(ana_client, post)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page_of(ana_client, post)
        assert len(queries) <= 7  # the eighth is what the reader did with the posts


class TestMissingPosts:
    def test_deleted_post_shows_its_replies(self, ana_client, bob):
        start = PostFactory()
        middle = PostFactory(author=bob, reply_to=start.pk, body="My words")
        reply = PostFactory(reply_to=middle.pk)
        delete_post(middle)
        response = page_of(ana_client, middle, status=410)
        assert [row.pk for row in response.context["page"].items] == [reply.pk]
        assert [place.pk for place in response.context["ancestors"]] == [start.pk]
        assert "Deleted post" in response.content.decode()
        above = page_of(ana_client, reply).content.decode()
        assert "Deleted post" in above
        assert "My words" not in above

    @pytest.mark.parametrize("how", ["hidden", "blocked", "suspended"])
    def test_unavailable_post_shows_its_replies(self, ana_client, ana, bob, mod, how):
        start = PostFactory(author=bob, body="My words")
        reply = PostFactory(reply_to=start.pk)
        if how == "hidden":
            hide_post(start, actor=mod, reason="spam")
        elif how == "blocked":
            block_user(ana, actor=bob)
        else:
            suspend_user(bob, actor="the site")
        for page in (page_of(ana_client, start, status=404), page_of(ana_client, reply)):
            text = page.content.decode()
            assert "This post is not available" in text
            assert "My words" not in text
            assert how == "hidden" or "bob" not in text
        assert shown_replies(ana_client, start, status=404) == [reply.pk]

    def test_missing_post_without_visible_replies_is_as_one_that_never_existed(self, ana_client, mod):
        deleted, hidden = PostFactory.create_batch(2)
        for post in (deleted, hidden):
            hide_post(PostFactory(reply_to=post.pk), actor=mod, reason="spam")
        delete_post(deleted)
        hide_post(hidden, actor=mod, reason="spam")
        pages = {ana_client.get(f"/post/{pk}").content for pk in (deleted.pk, hidden.pk, 10**9, 10**30)}
        assert len({page.count(b"Deleted post") + page.count(b"not available") for page in pages}) == 1
        assert all(ana_client.get(f"/post/{pk}").status_code == 404 for pk in (deleted.pk, hidden.pk, 10**30))

    def test_post_that_mentions_its_reader_is_shown_despite_a_block(self, ana_client, ana, bob):
        post = PostFactory(author=bob, body="@ana, look")
        PostFactory(reply_to=post.pk)
        block_user(ana, actor=bob)
        assert "mentions you" in page_of(ana_client, post).content.decode()


class TestReplyForm:
    def test_reply_is_published_and_shown(self, ana_client, ana):
        post = PostFactory()
        PostFactory(reply_to=post.pk)
        response = ana_client.post(f"/post/{post.pk}", {"body": "I agree."})
        reply = Post.objects.get(author=ana)
        assert response["Location"] == f"/post/{post.pk}?before={reply.pk + 1}#post{reply.pk}"
        assert reply.reply_to == post
        assert "I agree." in ana_client.get(response["Location"]).content.decode()

    def test_reply_is_on_the_page_that_the_form_leads_to(self, ana_client, ana, settings):
        settings.POSTS_PER_PAGE = 2
        post = PostFactory()
        PostFactory.create_batch(5, reply_to=post.pk)
        page = ana_client.post(f"/post/{post.pk}", {"body": "I agree."}, follow=True)
        assert Post.objects.get(author=ana) in page.context["page"].items

    def test_form_sent_twice_writes_one_reply(self, ana_client, ana):
        post = PostFactory()
        data = {"body": "Once", "submission_key": "6f8c1a52-77ec-4a9b-a8b1-08b6b5a7c111"}
        for _ in range(2):
            assert ana_client.post(f"/post/{post.pk}", data).status_code == 302
        assert (ana.posts.count(), Post.objects.get(pk=post.pk).reply_count) == (1, 1)

    @pytest.mark.parametrize("how", ["hidden", "deleted", "deleted with replies", "blocked and mentioned"])
    def test_text_is_kept_if_the_post_is_gone(self, ana_client, ana, bob, mod, how):
        post = PostFactory(author=bob, body="@ana" if "mentioned" in how else "x")
        if "replies" in how:
            PostFactory(reply_to=post.pk)
        if how == "hidden":
            hide_post(post, actor=mod, reason="spam")
        elif how.startswith("deleted"):
            delete_post(post)
        else:
            block_user(ana, actor=bob)
        response = ana_client.post(f"/post/{post.pk}", {"body": "What I typed"})
        assert response.status_code == (410 if "replies" in how else 404)
        page = response.content.decode()
        assert "What I typed" in page
        assert "You cannot reply to this post" in page
        assert ("Deleted post" in page) == ("replies" in how)
        assert not ana.posts.exists()

    def test_invalid_reply_is_kept_with_its_error(self, ana_client, ana):
        post = PostFactory()
        response = ana_client.post(f"/post/{post.pk}", {"body": "y" * 141})
        assert response.status_code == 200
        assert "y" * 141 in response.content.decode()
        assert not ana.posts.exists()

    def test_hidden_own_post_can_be_continued(self, ana_client, ana, mod):
        post = PostFactory(author=ana)
        hide_post(post, actor=mod, reason="spam")
        assert ana_client.post(f"/post/{post.pk}", {"body": "More"}).status_code == 302
        assert UserFactory._meta.model.objects.get(pk=ana.pk).post_count == 1
