import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from relationships.services import follow_user, mute_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["suspended_at", "deactivated_at"])
def test_suspended_and_deactivated_people_are_seen_by_themselves_alone(state):
    ana, gone = UserFactory.create_batch(2)
    User.objects.filter(pk=gone.pk).update(**{state: timezone.now()})
    for viewer, seen in [(ana, {ana}), (gone, {ana, gone}), (AnonymousUser(), {ana})]:
        assert set(User.objects.visible_to(viewer)) == seen


def test_is_followed_annotates_users_that_the_viewer_follows():
    ana, bob, cem = UserFactory.create_batch(3)
    follow_user(bob, actor=ana)
    follow_user(ana, actor=cem)
    followed = {person: person.is_followed for person in User.objects.with_is_followed(ana)}
    assert followed == {ana: False, bob: True, cem: False}


def test_suggestions_are_the_most_followed_users_not_yet_followed():
    ana, bob, cem, dee = UserFactory.create_batch(4)
    for follower, followed in [(ana, bob), (cem, bob), (dee, cem)]:
        follow_user(followed, actor=follower)
    assert list(User.objects.visible_to(ana).suggested_to(ana)) == [cem, dee]
    mute_user(cem, actor=ana)
    ana = User.objects.get(pk=ana.pk)
    assert list(User.objects.visible_to(ana).suggested_to(ana)) == [dee]
