import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from audit.models import AuditEntry
from posts.models import Post
from posts.services import delete_post, hide_post, restore_post
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db


def post_count(post):
    return User.objects.get(pk=post.author_id).post_count


def test_hidden_post_is_visible_to_its_author_only_and_not_counted(mod):
    post = PostFactory()
    assert hide_post(post, actor=mod, reason="spam")
    assert not hide_post(post, actor=mod, reason="spam")
    assert post_count(post) == 0
    seen = [viewer for viewer in (post.author, mod, AnonymousUser()) if Post.objects.visible_to(viewer).exists()]
    assert seen == [post.author]
    post.refresh_from_db()
    assert (post.hidden_by, post.hidden_reason) == (mod, "spam")


def test_restored_post_is_visible_and_counted_again(mod):
    post = PostFactory()
    assert not restore_post(post, actor=mod)
    hide_post(post, actor=mod, reason="spam")
    assert restore_post(post, actor=mod, reason="a mistake", details={"case": 1})
    assert post_count(post) == 1
    assert Post.objects.visible_to(mod).get().hidden_reason == ""
    entries = list(AuditEntry.objects.order_by("pk").values_list("action", "target_name", "reason"))
    name = f"{post.author.username}/{post.pk}"
    assert entries == [("post.hide", name, "spam"), ("post.restore", name, "a mistake")]


def test_deleted_post_is_neither_hidden_nor_restored(mod):
    post = PostFactory()
    delete_post(Post.objects.get(pk=post.pk))
    assert not hide_post(post, actor=mod, reason="spam")
    assert not AuditEntry.objects.exists()


def test_post_stays_hidden_after_its_moderator_is_deleted(mod):
    post = PostFactory()
    hide_post(post, actor=mod, reason="spam")
    mod.delete()
    post.refresh_from_db()
    assert post.hidden_at is not None and post.hidden_by is None
