import pytest

from accounts.models import User
from accounts.services import EmailTaken, TooManyUsernames, UsernameTaken, change_username, register_user
from accounts.tests.factories import UserFactory, counters
from relationships.models import Follow
from relationships.services import CannotFollow, follow_user, unfollow_user
from tests.helpers.concurrency import at_once


@pytest.mark.django_db
class TestRegisterUser:
    def test_password_is_stored_as_a_hash_that_only_the_right_one_opens(self):
        susan = register_user(username="susan", email="susan@example.com", password="cat")
        assert susan.password.startswith("argon2")
        assert not susan.check_password("dog")
        assert susan.check_password("cat")

    @pytest.mark.parametrize("other", ["SUSAN", "susan", "ｓusan"])
    def test_name_differing_only_in_case_or_form_is_taken(self, other):
        UserFactory(username="Susan")
        with pytest.raises(UsernameTaken) as refusal:
            register_user(username=other, email="other@example.com", password=None)
        assert str(refusal.value.message) == "Please use a different username."
        assert User.objects.count() == 1

    def test_email_differing_only_in_case_is_taken(self):
        UserFactory(email="susan@example.com")
        with pytest.raises(EmailTaken) as refusal:
            register_user(username="other", email="Susan@Example.com", password=None)
        assert refusal.value.field == "email"


@pytest.mark.django_db(transaction=True)
def test_two_people_registering_one_name_at_once_make_one_account():
    outcomes = at_once(
        lambda: register_user(username="susan", email="a@example.com", password=None),
        lambda: register_user(username="Susan", email="b@example.com", password=None),
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["User", "UsernameTaken"]
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_following_each_other_at_once_both_count():
    ana, bob = UserFactory.create_batch(2)
    at_once(lambda: follow_user(bob, actor=ana), lambda: follow_user(ana, actor=bob))
    assert counters(ana) == counters(bob) == (0, 1, 1)


@pytest.mark.django_db
class TestChangeUsername:
    def test_former_name_stays_reserved_and_leads_to_its_owner(self):
        ana = UserFactory(username="ana")
        change_username(ana, "Anna")
        assert User.objects.by_username("ANA").get() == ana
        assert User.objects.by_username("anna").get().username == "Anna"
        with pytest.raises(UsernameTaken):
            register_user(username="Ana", email="other@example.com", password=None)

    def test_going_back_to_a_former_name_or_another_spelling_is_allowed(self):
        ana = UserFactory(username="ana")
        for name in ("anna", "ana", "ANA"):
            change_username(ana, name)
        ana.refresh_from_db()
        assert ana.username == "ANA"
        assert ana.usernames.count() == 2

    def test_username_of_another_user_is_refused(self):
        ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
        with pytest.raises(UsernameTaken):
            change_username(ana, "BOB")
        ana.refresh_from_db()
        assert ana.username == "ana"
        assert User.objects.by_username("bob").get() == bob

    def test_names_cannot_be_hoarded(self, settings):
        settings.USERNAMES_PER_USER = 2
        ana = UserFactory(username="ana")
        change_username(ana, "ana2")
        with pytest.raises(TooManyUsernames):
            change_username(ana, "ana3")
        assert User.objects.get(pk=ana.pk).username == "ana2"


@pytest.mark.django_db
class TestFollowing:
    def test_follow_and_unfollow_count_once_however_often_repeated(self):
        john, susan = UserFactory.create_batch(2)
        assert follow_user(susan, actor=john)
        assert not follow_user(susan, actor=john)
        assert (counters(john), counters(susan)) == ((0, 0, 1), (0, 1, 0))
        assert list(User.objects.followed_by(john)) == [susan]
        assert list(User.objects.followers_of(susan)) == [john]
        assert unfollow_user(susan, actor=john)
        assert not unfollow_user(susan, actor=john)
        assert (counters(john), counters(susan)) == ((0, 0, 0), (0, 0, 0))
        assert not Follow.objects.exists()

    def test_users_cannot_follow_themselves(self):
        ana = UserFactory()
        with pytest.raises(CannotFollow):
            follow_user(ana, actor=ana)
        assert counters(ana) == (0, 0, 0)
