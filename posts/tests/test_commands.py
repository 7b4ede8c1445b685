from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from jobs.models import Job, Recurrence
from jobs.worker import run_due_everywhere
from posts.models import Post
from posts.reactions.services import repost_post
from posts.rendering import RENDERER_VERSION
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db


def run(*command):
    output = StringIO()
    call_command(*command, stdout=output)
    return output.getvalue()


def test_posts_of_an_older_renderer_are_rendered_in_the_background(monkeypatch):
    monkeypatch.setattr("posts.services.RENDERING_SLICE", 2)
    posts = PostFactory.create_batch(5)
    run_due_everywhere()
    Post.objects.update(renderer_version=RENDERER_VERSION - 1, body_html="stale")
    Recurrence.objects.update(version=0)  # as the release before left them
    run_due_everywhere()
    rendered = Post.objects.order_by("pk")
    assert [post.html for post in rendered] == [post.body for post in posts]
    assert {post.renderer_version for post in rendered} == {RENDERER_VERSION}
    assert not Job.objects.exists()


def test_render_posts_renders_older_posts_only():
    old, new = PostFactory.create_batch(2)
    Post.objects.filter(pk=old.pk).update(renderer_version=0, body_html="stale")
    Post.objects.filter(pk=new.pk).update(body_html="kept")
    assert run("render_posts", "--dry-run") == "1 posts would be rendered.\n"
    assert run("render_posts") == "1 posts rendered.\n"
    assert [Post.objects.get(pk=post.pk).html for post in (old, new)] == [old.body, "kept"]
    assert run("render_posts", "--all") == "2 posts rendered.\n"
    assert Post.objects.get(pk=new.pk).html == new.body


def test_recount_lists_the_corrected_counters():
    author = PostFactory().author
    assert run("recount") == "All counters are correct.\n"
    User.objects.filter(pk=author.pk).update(post_count=5)
    expected = f"{author.username}: post_count is 5, counted 1\n"
    assert run("recount", "--dry-run") == f"{expected}1 counters would be corrected.\n"
    assert run("recount") == f"{expected}1 counters corrected.\n"
    assert run("recount") == "All counters are correct.\n"


def test_recount_repairs_the_counters_of_posts():
    post = PostFactory()
    PostFactory(reply_to=post.pk)
    Post.objects.update(reply_count=7)
    reply = post.replies.get()
    expected = f"post {reply.pk}: reply_count is 7, counted 0\npost {post.pk}: reply_count is 7, counted 1\n"
    assert run("recount") == f"{expected}2 counters corrected.\n"
    assert run("recount") == "All counters are correct.\n"
    repost_post(post, actor=reply.author)
    Post.objects.filter(pk=post.pk).update(repost_count=3, like_count=4)
    expected = f"post {post.pk}: like_count is 4, counted 0\npost {post.pk}: repost_count is 3, counted 1\n"
    assert run("recount") == f"{expected}2 counters corrected.\n"
