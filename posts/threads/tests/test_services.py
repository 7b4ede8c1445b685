import pytest

from accounts.deletion import delete_account_slice
from accounts.models import User
from accounts.services import lift_suspension, request_deletion, suspend_user
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from messaging.models import Notification
from posts.counters import recount_posts
from posts.models import DeletedPost, Post
from posts.services import delete_post, edit_post, hide_post, publish_post, restore_post
from posts.tests.factories import PostFactory
from posts.threads.exceptions import CannotReply
from relationships.services import block_user, mute_user
from tests.helpers.concurrency import at_once

Kind = Notification.Kind


def reply_count(post):
    return Post.objects.get(pk=post.pk).reply_count


def notified(kind=Kind.REPLIED):
    """Return (username, post id) of all notifications of a kind, after running the jobs that are due."""
    run_due_everywhere()
    rows = Notification.objects.filter(kind=kind, withdrawn_at=None).select_related("user")
    return sorted((row.user.username, int(row.key)) for row in rows)


@pytest.mark.django_db
class TestReply:
    def test_addressee_is_the_author_of_the_parent(self, ana, bob):
        start = PostFactory(author=ana)
        reply = PostFactory(author=bob, reply_to=start.pk)
        assert (start.addressee, reply.reply_to, reply.addressee) == (None, start, ana)
        assert PostFactory(author=ana, reply_to=reply.pk).addressee == bob

    def test_continuation_keeps_the_addressee_of_the_author(self, ana, bob):
        start = PostFactory(author=ana)
        assert PostFactory(author=ana, reply_to=start.pk).addressee is None
        reply = PostFactory(author=bob, reply_to=start.pk)
        assert PostFactory(author=bob, reply_to=reply.pk).addressee == ana

    def test_reply_to_a_post_that_its_author_may_not_see_is_refused(self, ana, bob, mod):
        hidden, deleted, blocked = PostFactory.create_batch(3)
        suspended = PostFactory()
        hide_post(hidden, actor=mod, reason="spam")
        delete_post(deleted)
        block_user(User.objects.get(pk=ana.pk), actor=blocked.author)
        suspend_user(suspended.author, actor="the site")
        ana.refresh_from_db()
        for post in (hidden, deleted, blocked, suspended):
            with pytest.raises(CannotReply):
                publish_post(ana, body="Hello", reply_to=post.pk)
        assert not ana.posts.exists()


@pytest.mark.django_db
class TestReplyCount:
    def test_counts_replies_that_are_neither_deleted_nor_hidden(self, mod):
        post = PostFactory()
        first, second = PostFactory.create_batch(2, reply_to=post.pk)
        assert reply_count(post) == 2
        hide_post(first, actor=mod, reason="spam")
        assert reply_count(post) == 1
        delete_post(first)
        assert reply_count(post) == 1
        hide_post(second, actor=mod, reason="spam")
        restore_post(second, actor=mod)
        assert reply_count(post) == 1
        delete_post(second)
        assert reply_count(post) == 0

    def test_excludes_replies_of_suspended_users(self, mod):
        post = PostFactory()
        reply = PostFactory(reply_to=post.pk)
        suspend_user(reply.author, actor="the site")
        run_due_everywhere()
        assert reply_count(post) == 0
        hide_post(reply, actor=mod, reason="spam")
        restore_post(reply, actor=mod)
        assert reply_count(post) == 0
        lift_suspension(reply.author, actor="the site")
        run_due_everywhere()
        assert reply_count(post) == 1

    def test_suspension_is_counted_in_batches(self, monkeypatch):
        monkeypatch.setattr("posts.counters.SLICE", 2)
        posts, author = PostFactory.create_batch(5), UserFactory()
        for post in posts:
            PostFactory(author=author, reply_to=post.pk)
        suspend_user(author, actor="the site")
        run_due_everywhere()
        assert [reply_count(post) for post in posts] == [0] * 5

    @pytest.mark.parametrize("jobs_run_first", [True, False])
    def test_excludes_replies_of_deleted_accounts(self, jobs_run_first):
        post = PostFactory()
        reply = PostFactory(reply_to=post.pk)
        answer = PostFactory(author=post.author, reply_to=reply.pk)
        request_deletion(reply.author, actor=reply.author)
        if jobs_run_first:
            run_due_everywhere()
        while delete_account_slice(reply.author):
            pass
        run_due_everywhere()
        assert reply_count(post) == 0
        assert DeletedPost.objects.get() == DeletedPost(pk=reply.pk, reply_to_id=post.pk)
        assert Post.objects.get(pk=answer.pk).addressee_id == reply.author_id

    def test_change_of_the_counter_does_not_announce_the_post(self, ana):
        post = PostFactory()
        before = Post.objects.filter(pk=post.pk).values().get()
        PostFactory(reply_to=post.pk)
        after = Post.objects.filter(pk=post.pk).values().get()
        assert {name for name in after if after[name] != before[name]} == {"reply_count"}


@pytest.mark.django_db
class TestDeletedPost:
    def test_place_of_a_post_with_replies_is_kept(self, mod):
        start = PostFactory()
        middle = PostFactory(reply_to=start.pk)
        leaf = PostFactory(reply_to=middle.pk)
        hide_post(leaf, actor=mod, reason="spam")
        delete_post(middle)
        assert list(DeletedPost.objects.values_list("pk", "reply_to_id")) == [(middle.pk, start.pk)]

    @pytest.mark.parametrize(
        "delete", [lambda post: post.author.delete(), lambda post: post.author.posts.all().delete()]
    )
    def test_place_is_kept_without_the_service_too(self, ana, delete):
        start = PostFactory()
        middle = PostFactory(author=ana, reply_to=start.pk)
        PostFactory(reply_to=middle.pk)
        PostFactory(author=ana, reply_to=PostFactory(author=ana).pk)
        delete(middle)
        assert list(DeletedPost.objects.values_list("pk", "reply_to_id")) == [(middle.pk, start.pk)]

    def test_nothing_is_left_of_a_post_without_replies(self):
        delete_post(PostFactory(reply_to=PostFactory().pk))
        assert not DeletedPost.objects.exists()


@pytest.mark.django_db
class TestNotification:
    def test_author_of_the_parent_is_notified_once(self, ana, bob):
        reply = PostFactory(author=bob, reply_to=PostFactory(author=ana).pk, body="I agree, @ana.")
        assert (notified(), notified(Kind.MENTIONED)) == ([("ana", reply.pk)], [])
        edit_post(reply, body="I agree.")
        assert (notified(), Notification.objects.count()) == ([("ana", reply.pk)], 1)

    def test_others_are_notified_of_mentions_in_a_reply(self, ana, bob):
        carl = UserFactory(username="carl")
        reply = PostFactory(author=bob, reply_to=PostFactory(author=ana).pk, body="Ask @carl.")
        assert (notified(), notified(Kind.MENTIONED)) == ([("ana", reply.pk)], [(carl.username, reply.pk)])

    def test_notification_of_a_hidden_or_deleted_reply_is_withdrawn(self, ana, mod):
        reply = PostFactory(reply_to=PostFactory(author=ana).pk)
        assert notified() == [("ana", reply.pk)]
        hide_post(reply, actor=mod, reason="spam")
        assert notified() == []
        restore_post(reply, actor=mod)
        assert notified() == [("ana", reply.pk)]
        delete_post(reply)
        assert notified() == []
        assert User.objects.get(pk=ana.pk).unread_notification_count == 0

    def test_continuation_of_the_own_thread_notifies_no_user(self, ana):
        PostFactory(author=ana, reply_to=PostFactory(author=ana).pk)
        assert notified() == []

    def test_muted_author_of_a_reply_notifies_no_user(self, ana, bob):
        post = PostFactory(author=ana)
        mute_user(bob, actor=ana)
        PostFactory(author=bob, reply_to=post.pk)
        assert notified() == []


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_replies_are_all_counted(self, ana):
        post, authors = PostFactory(), UserFactory.create_batch(8)
        at_once(*(lambda author=author: publish_post(author, body="x", reply_to=post.pk) for author in authors))
        assert reply_count(post) == 8

    def test_reply_to_a_post_that_is_deleted_is_refused_or_its_place_is_kept(self):
        for author in UserFactory.create_batch(6):
            post = PostFactory()
            result, _deleted = at_once(
                lambda author=author, post=post: publish_post(author, body="x", reply_to=post.pk),
                lambda post=post: delete_post(post),
            )
            is_refused = isinstance(result, CannotReply)
            assert DeletedPost.objects.filter(pk=post.pk).exists() == (not is_refused)

    def test_thread_that_is_deleted_hidden_and_answered_does_not_deadlock(self, mod):
        author = UserFactory()
        for _ in range(4):
            start = PostFactory()
            middle = PostFactory(reply_to=start.pk)
            leaf = PostFactory(reply_to=middle.pk)
            results = at_once(
                lambda middle=middle: delete_post(middle),
                lambda leaf=leaf: hide_post(leaf, actor=mod, reason="spam"),
                lambda middle=middle: publish_post(author, body="x", reply_to=middle.pk),
                lambda start=start: publish_post(author, body="y", reply_to=start.pk),
                lambda ids=(start.pk, middle.pk, leaf.pk): recount_posts(ids),
                lambda start=start: edit_post(Post.objects.get(pk=start.pk), body="edited"),
            )
            assert all(not isinstance(one, Exception) or isinstance(one, CannotReply) for one in results)
        run_due_everywhere()
        assert recount_posts(Post.objects.values_list("pk", flat=True), dry_run=True) == []
