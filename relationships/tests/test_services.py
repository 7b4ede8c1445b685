import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.forms import PreferencesForm
from accounts.models import User
from accounts.querysets import people_unmuted_by
from accounts.tests.factories import UserFactory, counters
from jobs.worker import run_due_everywhere
from relationships.models import Block, Follow, Mute
from relationships.services import (
    CannotBlock,
    CannotFollow,
    block_user,
    follow_user,
    mute_user,
    unblock_user,
    unmute_user,
)
from tests.helpers.concurrency import at_once

pytestmark = pytest.mark.django_db


def test_block_ends_follows_both_ways_and_moves_their_counters():
    ana, bob, cem = UserFactory.create_batch(3)
    for follower, followed in [(ana, bob), (bob, ana), (ana, cem), (cem, bob)]:
        follow_user(followed, actor=follower)
    assert block_user(bob, actor=ana)
    assert set(Follow.objects.values_list("follower", "followed")) == {(ana.pk, cem.pk), (cem.pk, bob.pk)}
    assert [counters(person)[1:] for person in (ana, bob, cem)] == [(0, 1), (1, 0), (1, 1)]


def test_block_hides_the_two_users_from_each_other_only():
    ana, bob, cem = UserFactory.create_batch(3)
    block_user(bob, actor=ana)
    seen = {viewer: set(User.objects.visible_to(viewer)) for viewer in (ana, bob, cem, AnonymousUser())}
    assert list(seen.values()) == [{ana, cem}, {bob, cem}, {ana, bob, cem}, {ana, bob, cem}]


def test_unblock_shows_each_to_the_other_unless_the_other_blocks_too():
    ana, bob = UserFactory.create_batch(2)
    assert block_user(bob, actor=ana)
    assert not block_user(bob, actor=ana)
    block_user(ana, actor=bob)
    assert unblock_user(bob, actor=ana)
    assert not unblock_user(bob, actor=ana)
    assert bob not in User.objects.visible_to(ana)
    unblock_user(ana, actor=bob)
    assert bob in User.objects.visible_to(ana)
    assert not User.objects.filter(has_blocks=True).exists()


def test_blocked_users_cannot_follow():
    ana, bob = UserFactory.create_batch(2)
    block_user(bob, actor=ana)
    for person, actor in [(ana, bob), (bob, ana)]:
        with pytest.raises(CannotFollow):
            follow_user(person, actor=actor)
    assert not Follow.objects.exists()


def test_users_cannot_block_or_mute_themselves():
    ana = UserFactory()
    for refused in (block_user, mute_user):
        with pytest.raises(CannotBlock):
            refused(ana, actor=ana)
    for row in (Block(blocker=ana, blocked=ana), Mute(muter=ana, muted=ana)):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_mute_is_known_to_the_muter_alone():
    ana, bob = UserFactory.create_batch(2)
    follow_user(bob, actor=ana)
    assert mute_user(bob, actor=ana)
    assert not mute_user(bob, actor=ana)
    assert set(User.objects.filter(people_unmuted_by(ana))) == {ana}
    assert set(User.objects.filter(people_unmuted_by(bob))) == {ana, bob}
    assert set(User.objects.visible_to(ana)) == {ana, bob}
    assert counters(bob) == (0, 1, 0)
    assert unmute_user(bob, actor=ana)
    assert not unmute_user(bob, actor=ana)
    assert set(User.objects.filter(people_unmuted_by(ana))) == {ana, bob}


def test_lists_of_settings_name_people_who_are_there():
    ana, bob, cem = UserFactory.create_batch(3)
    block_user(bob, actor=ana)
    for person in (bob, cem):
        mute_user(person, actor=ana)
    # Who blocks back does not leave the list, which would tell of it.
    block_user(ana, actor=bob)
    assert list(User.objects.blocked_by(ana)) == [bob]
    assert list(User.objects.muted_by(ana)) == [cem]
    User.objects.update(deactivated_at=timezone.now())
    assert not User.objects.blocked_by(ana)
    assert not User.objects.muted_by(ana)


def test_unfollow_of_a_closed_account_keeps_counters_correct():
    ana, bob, cem = UserFactory.create_batch(3)
    for followed in (bob, cem):
        follow_user(followed, actor=ana)
    User.objects.filter(pk=bob.pk).update(suspended_at=timezone.now())
    # After the recount job, and before it.
    for stored in (1, 2):
        User.objects.filter(pk=ana.pk).update(following_count=stored)
        Follow.objects.get_or_create(follower=ana, followed=bob)
        block_user(ana, actor=bob)
        run_due_everywhere()
        assert counters(ana) == (0, 0, 1)
        unblock_user(ana, actor=bob)


def test_preferences_keep_concurrent_counter_changes():
    ana, bob = UserFactory.create_batch(2)
    form = PreferencesForm({"theme": "dark"}, instance=User.objects.get(pk=ana.pk))
    block_user(bob, actor=ana)
    assert form.is_valid()
    form.save()
    ana.refresh_from_db()
    assert (ana.theme, ana.has_blocks) == ("dark", True)


@pytest.mark.django_db(transaction=True)
def test_follow_and_block_at_once_never_leave_a_follow():
    for _ in range(5):
        ana, bob = UserFactory.create_batch(2)
        at_once(
            lambda ana=ana, bob=bob: follow_user(bob, actor=ana),
            lambda ana=ana, bob=bob: follow_user(ana, actor=bob),
            lambda ana=ana, bob=bob: block_user(ana, actor=bob),
        )
        assert not Follow.objects.exists()
        assert counters(ana) == counters(bob) == (0, 0, 0)
        assert ana.has_blocks and bob.has_blocks


@pytest.mark.django_db(transaction=True)
def test_flags_follow_blocks_made_and_lifted_at_once():
    ana, bob, cem = UserFactory.create_batch(3)
    block_user(bob, actor=ana)
    at_once(lambda: unblock_user(bob, actor=ana), lambda: block_user(ana, actor=cem))
    flags = dict(User.objects.values_list("pk", "has_blocks"))
    assert flags == {ana.pk: True, bob.pk: False, cem.pk: True}
