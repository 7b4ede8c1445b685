import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.services import delete_post
from posts.tests.factories import PostFactory
from relationships.services import follow_user, recount


@pytest.mark.django_db
class TestRecount:
    @pytest.fixture
    def world(self):
        ana, bob, gone = UserFactory.create_batch(3)
        for person in (ana, gone):
            follow_user(bob, actor=person)
            follow_user(person, actor=bob)
        PostFactory.create_batch(2, author=ana)
        Post.objects.filter(pk=PostFactory(author=ana).pk).update(hidden_at=timezone.now())
        User.objects.filter(pk=gone.pk).update(suspended_at=timezone.now())
        return ana, bob, gone

    def counters(self):
        return list(User.objects.order_by("pk").values_list("post_count", "follower_count", "following_count"))

    def test_counts_what_is_not_hidden_and_follows_between_active_people(self, world):
        User.objects.update(post_count=7, follower_count=8, following_count=9)
        assert len(recount([person.pk for person in world])) == 9
        assert self.counters() == [(2, 1, 1), (0, 1, 1), (0, 0, 0)]
        assert recount([person.pk for person in world]) == []

    def test_dry_run_changes_nothing(self, world):
        before = self.counters()
        assert recount([person.pk for person in world], dry_run=True)
        assert self.counters() == before

    def test_services_keep_what_a_recount_finds(self):
        ana, bob = UserFactory.create_batch(2)
        follow_user(bob, actor=ana)
        delete_post(PostFactory(author=bob))
        PostFactory(author=bob)
        assert recount([ana.pk, bob.pk]) == []
