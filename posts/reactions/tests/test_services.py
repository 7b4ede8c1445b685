import pytest

from accounts.deletion import delete_account_slice
from accounts.models import User
from accounts.services import deactivate_user, lift_suspension, restore_user, suspend_user
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from posts.counters import recount_posts
from posts.models import Bookmark, Like, Post
from posts.reactions import deletion
from posts.reactions.services import (
    CannotReact,
    bookmark_post,
    like_post,
    repost_post,
    unbookmark_post,
    undo_repost,
    unlike_post,
)
from posts.services import delete_post, edit_post, hide_post, restore_post
from posts.tests.factories import PostFactory
from relationships.services import block_user
from tests.helpers.concurrency import at_once

pytestmark = pytest.mark.django_db


CHANGES = [like_post, unlike_post, repost_post, undo_repost, bookmark_post, unbookmark_post]


def like_count(post):
    return Post.objects.get(pk=post.pk).like_count


def repost_count(post):
    return Post.objects.get(pk=post.pk).repost_count


def reposts():
    return Post.objects.filter(repost_of__isnull=False)


def test_like_counts_once_and_unlike_takes_it_back_once():
    post, ana = PostFactory(), UserFactory()
    assert [like_post(post, actor=ana), like_post(post, actor=ana), like_post(post, actor=post.author)] == [1, 1, 2]
    assert [unlike_post(post, actor=ana), unlike_post(post, actor=ana)] == [1, 1]
    assert like_count(post) == 1


def test_repost_counts_once_and_undoing_takes_it_back_once():
    post, ana = PostFactory(), UserFactory()
    counts = [repost_post(post, actor=ana), repost_post(post, actor=ana), repost_post(post, actor=post.author)]
    assert counts == [1, 1, 2]
    assert [undo_repost(post, actor=ana), undo_repost(post, actor=ana)] == [1, 1]
    assert repost_count(post) == 1
    # Nothing of it counts as a post.
    assert [User.objects.get(pk=pk).post_count for pk in (ana.pk, post.author_id)] == [0, 1]


def test_restored_repost_keeps_its_place():
    post, ana = PostFactory(), UserFactory()
    repost_post(post, actor=ana)
    first = reposts().get()
    undo_repost(post, actor=ana)
    assert reposts().get().hidden_at is not None
    repost_post(post, actor=ana)
    assert (reposts().get(), reposts().get().hidden_at) == (first, None)
    assert repost_count(post) == 1


def test_author_cannot_repost_a_post_that_is_hidden():
    post = PostFactory()
    hide_post(post, actor=UserFactory(is_staff=True), reason="Spam")
    with pytest.raises(CannotReact):
        repost_post(post, actor=post.author)
    assert not reposts().exists()


def test_reposts_of_a_deleted_post_are_deleted_in_slices(monkeypatch):
    monkeypatch.setattr(deletion, "DELETION_SLICE", 2)
    post, other = PostFactory(), PostFactory()
    for actor in UserFactory.create_batch(5):
        repost_post(post, actor=actor)
    repost_post(other, actor=post.author)
    delete_post(post)
    assert reposts().filter(repost_of=post.pk).count() == 5
    run_due_everywhere()
    assert list(reposts().values_list("repost_of", flat=True)) == [other.pk]


def test_restored_like_keeps_its_time():
    post, ana = PostFactory(), UserFactory()
    like_post(post, actor=ana)
    first = Like.objects.get()
    unlike_post(post, actor=ana)
    assert Like.objects.get().undone_at is not None
    like_post(post, actor=ana)
    assert (Like.objects.get().created_at, Like.objects.get().undone_at) == (first.created_at, None)
    assert like_count(post) == 1


def test_bookmark_is_created_once_and_deleted_once():
    post, ana = PostFactory(), UserFactory()
    for _repetition in range(2):
        bookmark_post(post, actor=ana)
    assert list(Bookmark.objects.values_list("user", "post")) == [(ana.pk, post.pk)]
    for _repetition in range(2):
        unbookmark_post(post, actor=ana)
    assert not Bookmark.objects.exists()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("reason", ["hidden", "blocked", "deleted", "suspended author", "suspended actor"])
def test_reaction_to_a_post_that_is_not_visible_is_refused(change, reason):
    post, ana, staff = PostFactory(), UserFactory(), UserFactory(is_staff=True)
    if reason == "hidden":
        hide_post(post, actor=staff, reason="Spam")
    elif reason == "blocked":
        block_user(ana, actor=post.author)
        ana.refresh_from_db()
    elif reason == "deleted":
        delete_post(post)
    else:
        suspend_user(ana if reason == "suspended actor" else post.author, actor=staff)
    with pytest.raises(CannotReact):
        change(Post(pk=post.pk), actor=ana)
    assert not Like.objects.exists()
    assert not reposts().exists()
    assert not Bookmark.objects.exists()


def test_hidden_people_are_not_counted_until_they_return():
    post, ana, bob, staff = PostFactory(), UserFactory(), UserFactory(), UserFactory(is_staff=True)
    for actor in (ana, bob):
        like_post(post, actor=actor)
        repost_post(post, actor=actor)
    suspend_user(ana, actor=staff)
    deactivate_user(bob, actor=bob)
    run_due_everywhere()
    assert like_count(post) == repost_count(post) == 0
    lift_suspension(ana, actor=staff)
    restore_user(bob, actor=bob)
    run_due_everywhere()
    assert like_count(post) == repost_count(post) == 2


def test_deleted_account_leaves_no_reactions_and_no_drift():
    posts, ana = PostFactory.create_batch(3), UserFactory()
    for post in posts:
        like_post(post, actor=ana)
        repost_post(post, actor=ana)
        bookmark_post(post, actor=ana)
    deactivate_user(ana, actor=ana)
    # Before the job that follows the deactivation.
    ana = User.objects.get(pk=ana.pk)
    while delete_account_slice(ana):
        pass
    run_due_everywhere()
    assert not Like.objects.exists()
    assert not reposts().exists()
    assert not Bookmark.objects.exists()
    assert {(like_count(post), repost_count(post)) for post in posts} == {(0, 0)}


@pytest.mark.parametrize(
    ("counter", "do", "undo"),
    [("like_count", like_post, unlike_post), ("repost_count", repost_post, undo_repost)],
)
def test_recount_repairs_the_counter_and_ignores_what_is_undone(counter, do, undo):
    post, other, ana, bob = PostFactory(), PostFactory(), UserFactory(), UserFactory()
    for actor in (ana, bob):
        do(post, actor=actor)
    undo(post, actor=bob)
    Post.objects.filter(repost_of=None).update(**{counter: 7})
    ids = [other.pk, post.pk]
    wrong = [(f"post {other.pk}", counter, 7, 0), (f"post {post.pk}", counter, 7, 1)]
    assert recount_posts(ids, dry_run=True) == recount_posts(ids) == wrong
    assert recount_posts(ids) == []
    assert dict(Post.objects.filter(pk__in=ids).values_list("pk", counter)) == {post.pk: 1, other.pk: 0}


def test_likes_and_reposts_do_not_change_the_search_index(django_assert_max_num_queries):
    post, ana = PostFactory(), UserFactory()
    run_due_everywhere()
    with django_assert_max_num_queries(19) as queries:
        like_post(post, actor=ana)
        repost_post(post, actor=ana)
    assert not [query["sql"] for query in queries if "search" in query["sql"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
class TestConcurrency:
    def test_fifty_likes_at_once_are_all_counted(self):
        post, people = PostFactory(), UserFactory.create_batch(50)
        at_once(*(lambda actor=actor: like_post(post, actor=actor) for actor in people))
        assert like_count(post) == Like.objects.count() == 50
        run_due_everywhere()
        assert post.author.notifications.get().payload == {"others": 49}

    def test_fifty_reposts_at_once_are_all_counted(self):
        post, people = PostFactory(), UserFactory.create_batch(50)
        at_once(*(lambda actor=actor: repost_post(post, actor=actor) for actor in people))
        assert repost_count(post) == reposts().count() == 50
        run_due_everywhere()
        assert post.author.notifications.get().payload == {"others": 49}

    def test_one_user_that_toggles_at_once_counts_at_most_once(self):
        post, ana = PostFactory(), UserFactory()
        changes = [like_post, unlike_post] * 10
        at_once(*(lambda change=change: change(post, actor=ana) for change in changes))
        assert like_count(post) == Like.objects.filter(undone_at=None).count()

    def test_likes_edits_hiding_and_deletion_at_once_do_not_deadlock(self):
        post, people, staff = PostFactory(), UserFactory.create_batch(6), UserFactory(is_staff=True)
        author = post.author

        def moderate():
            hide_post(post, actor=staff, reason="Spam")
            restore_post(post, actor=staff)

        at_once(
            *(lambda actor=actor: like_post(post, actor=actor) for actor in [*people, author]),
            *(lambda actor=actor: repost_post(post, actor=actor) for actor in [*people, author]),
            *(lambda actor=actor: bookmark_post(post, actor=actor) for actor in [*people, author]),
            moderate,
            moderate,
            lambda: suspend_user(people[0], actor=staff),
            lambda: edit_post(Post.objects.get(pk=post.pk), body="Other words."),
        )
        run_due_everywhere()
        assert recount_posts([post.pk]) == []
        at_once(
            lambda: delete_post(post), *(lambda actor=actor: unlike_post(post, actor=actor) for actor in people[1:])
        )
        run_due_everywhere()
        assert not Like.objects.exists()
        assert not reposts().exists()
        author.refresh_from_db()
        assert author.post_count == 0
