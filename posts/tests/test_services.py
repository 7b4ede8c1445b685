import uuid

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.rendering import RENDERER_VERSION
from posts.services import delete_post, edit_post, publish_post, render_posts
from posts.tests.factories import PostFactory
from tests.helpers.concurrency import at_once


def post_count(user):
    return User.objects.get(pk=user.pk).post_count


@pytest.mark.django_db
class TestPublish:
    def test_post_count_follows_new_and_deleted_posts(self):
        post = PostFactory()
        assert post_count(post.author) == 1
        delete_post(post)
        delete_post(post)
        assert post_count(post.author) == 0

    def test_mentions_of_users_link_to_their_current_name(self):
        UserFactory(username="Ana")
        post = PostFactory(body="@ana and @unknown")
        assert "/user/Ana" in post.html
        assert "/user/unknown" not in post.html

    def test_one_query_finds_all_mentioned_users(self, django_assert_num_queries):
        author = UserFactory()
        for name in ("ana", "bob", "cem"):
            UserFactory(username=name)
        with django_assert_num_queries(7):  # names, savepoint, post, its search entry, job, counter, release
            publish_post(author, body="@ana @bob @cem")

    def test_form_sent_twice_writes_one_post(self):
        author, key = UserFactory(), uuid.uuid4()
        first = publish_post(author, body="once", submission_key=key)
        assert publish_post(author, body="once", submission_key=key) == first
        assert post_count(author) == Post.objects.count() == 1

    def test_used_key_with_another_body_creates_another_post(self):
        author, key = UserFactory(), uuid.uuid4()
        for body in ("one", "two", "one", "two"):
            publish_post(author, body=body, submission_key=key)
        assert [post.body for post in Post.objects.order_by("pk")] == ["one", "two"]
        assert post_count(author) == 2

    def test_submission_key_of_another_user_is_ignored(self):
        key = uuid.uuid4()
        for author in UserFactory.create_batch(2):
            publish_post(author, body="mine", submission_key=key)
        assert Post.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_form_sent_twice_at_once_writes_one_post():
    author, key = UserFactory(), uuid.uuid4()
    found = at_once(*[lambda: publish_post(author, body="once", submission_key=key).pk] * 2)
    assert found == [Post.objects.get().pk] * 2
    assert post_count(author) == 1


@pytest.mark.django_db
class TestEdit:
    def test_edited_post_is_rendered_and_marked(self):
        post = PostFactory(body="Draft")
        edit_post(post, body="before <i>")
        post.refresh_from_db()
        assert (post.body, post.html) == ("before <i>", "before &lt;i&gt;")
        assert post.edited_at is not None

    def test_unchanged_body_does_not_mark_as_edited(self):
        post = PostFactory(body="as it was")
        edit_post(post, body="as it was")
        post.refresh_from_db()
        assert post.edited_at is None


@pytest.mark.django_db
class TestDelete:
    def test_deleting_a_hidden_post_does_not_change_post_count(self):
        hidden, shown = PostFactory.create_batch(2, author=UserFactory())
        Post.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now())
        User.objects.filter(pk=hidden.author_id).update(post_count=1)
        delete_post(hidden)
        assert post_count(shown.author) == 1


@pytest.mark.django_db
def test_rendering_again_brings_older_posts_up_to_date():
    UserFactory(username="ana")
    old = PostFactory(body="@ana")
    Post.objects.filter(pk=old.pk).update(body_html="stale", renderer_version=0)
    render_posts(Post.objects.all())
    old.refresh_from_db()
    assert "/user/ana" in old.html
    assert old.renderer_version == RENDERER_VERSION


@pytest.mark.django_db
def test_edit_made_while_rendering_again_wins():
    stale = PostFactory(body="first")
    edit_post(Post.objects.get(pk=stale.pk), body="second")
    render_posts([stale])
    assert Post.objects.get(pk=stale.pk).html == "second"
