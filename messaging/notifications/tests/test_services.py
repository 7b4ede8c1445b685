from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from messaging.models import Notification
from messaging.notifications.services import (
    delete_old_notifications,
    mark_all_notifications_as_read,
    mark_notification_as_read,
    notify,
    notify_each,
    notify_of_newest,
    silence_kinds,
    withdraw_notifications,
)
from relationships.services import (
    block_user,
    follow_user,
    mute_user,
    unfollow_user,
)
from tests.helpers.messages import fresh, unread

pytestmark = pytest.mark.django_db
Kind = Notification.Kind


class TestNotifying:
    def test_new_follower_notifies_and_unfollow_withdraws(self, ana, bob):
        follow_user(bob, actor=ana)
        assert unread(bob) == (0, 1)
        assert [notification.actor for notification in Notification.objects.of(bob)] == [ana]
        unfollow_user(bob, actor=ana)
        assert unread(bob) == (0, 0)
        assert not Notification.objects.of(bob)

    def test_repeated_follow_notifies_again_only_after_a_day(self, ana, bob):
        follow_user(bob, actor=ana)
        notification = Notification.objects.of(bob).get()
        mark_notification_as_read(notification)
        for _ in range(2):
            unfollow_user(bob, actor=ana)
            follow_user(bob, actor=ana)
        assert Notification.objects.of(bob).get() == notification
        assert unread(bob) == (0, 0)
        unfollow_user(bob, actor=ana)
        Notification.objects.update(created_at=timezone.now() - timedelta(days=1))
        follow_user(bob, actor=ana)
        assert Notification.objects.of(bob).get().created_at > notification.created_at
        assert unread(bob) == (0, 1)

    def test_notification_replaces_an_earlier_one_of_its_key(self, bob):
        first = notify(bob, kind=Kind.DECISION, key="1", payload={"a": 1})
        mark_notification_as_read(first)
        assert unread(bob) == (0, 0)
        for _ in range(2):
            notify(bob, kind=Kind.DECISION, key="1", payload={"a": 2})
        notify(bob, kind=Kind.DECISION, key="2")
        assert unread(bob) == (0, 2)
        assert Notification.objects.get(key="1").payload == {"a": 2}

    @pytest.mark.parametrize("keep_away", [block_user, mute_user])
    def test_own_actions_and_those_of_blocked_or_muted_users_do_not_notify(self, ana, bob, keep_away):
        keep_away(ana, actor=bob)
        for actor in (ana, bob):
            assert notify(bob, kind=Kind.MENTIONED, key="1", actor=fresh(actor)) is None
        assert unread(bob) == (0, 0)

    @pytest.mark.parametrize("kind", Notification.OPTIONAL)
    def test_silenced_kind_does_not_notify(self, ana, bob, kind):
        kept = notify(bob, kind=kind, key="1", actor=ana)
        silence_kinds(bob, [kind])
        for key in ("1", "2"):
            assert notify(bob, kind=kind, key=key, actor=ana) is None
        assert [*Notification.objects.of(bob)] == [kept]
        assert notify(ana, kind=kind, key="2", actor=bob)
        for other in {*Kind} - {kind}:
            assert notify(bob, kind=other, key="2", actor=ana)
        silence_kinds(bob, [])
        assert notify(bob, kind=kind, key="2", actor=ana)

    @pytest.mark.parametrize("kind", sorted({*Kind} - {*Notification.OPTIONAL}))
    def test_kinds_about_the_account_cannot_be_silenced(self, bob, kind):
        silence_kinds(bob, [kind])
        assert notify(bob, kind=kind)

    def test_silenced_kind_is_corrected_and_neither_replaced_nor_restored(self, ana, bob):
        now = timezone.now()

        def likes(others, created_at=now):
            values = {"payload": {"others": others}, "actor": ana, "created_at": created_at}
            notify_of_newest(bob, kind=Kind.LIKED, key="1", **values)
            return [row.payload["others"] for row in Notification.objects.of(bob)]

        assert likes(3) == [3]
        silence_kinds(bob, [Kind.LIKED])
        assert likes(2) == [2]
        assert likes(4, timezone.now()) == [2]
        withdraw_notifications(kind=Kind.LIKED, key="1", user=bob)
        assert likes(5) == []
        assert unread(bob) == (0, 0)
        silence_kinds(bob, [])
        assert likes(5) == [5]

    def test_progress_is_neither_listed_nor_counted(self, bob):
        notify(bob, kind=Kind.TASK_PROGRESS, key="7", payload={"task_id": "7", "progress": 10})
        assert not Notification.objects.of(bob)
        assert unread(bob) == (0, 0)
        assert fresh(bob).notification_stamp

    def test_withdrawal_by_actor_affects_all_users(self, ana, bob):
        carl = UserFactory()
        for person in (bob, carl):
            notify(person, kind=Kind.MENTIONED, key="5", actor=ana)
        assert withdraw_notifications(kind=Kind.MENTIONED, key="5", actor=ana) == 2
        assert unread(bob) == unread(carl) == (0, 0)

    def test_later_notifications_stay_unread(self, bob):
        notifications = [notify(bob, kind=Kind.DECISION, key=str(n)) for n in range(4)]
        mark_notification_as_read(notifications[1])
        assert unread(bob) == (0, 3)
        mark_all_notifications_as_read(bob, upto=notifications[2].pk)
        assert unread(bob) == (0, 1)

    def test_new_followers_are_marked_as_read_together(self, bob):
        for _ in range(3):
            follow_user(bob, actor=UserFactory())
        notify(bob, kind=Kind.DECISION)
        newest = Notification.objects.filter(kind=Kind.FOLLOWED).latest("pk")
        mark_notification_as_read(newest)
        assert unread(bob) == (0, 1)

    def test_old_notifications_are_deleted(self, bob):
        for age in (91, 89):
            notify(bob, kind=Kind.DECISION, key=str(age), created_at=timezone.now() - timedelta(days=age))
        assert delete_old_notifications()
        assert not delete_old_notifications()
        assert unread(bob) == (0, 1)


class TestNotifyingMany:
    def test_each_is_notified_as_by_notify(self, ana, bob):
        for key in ("1", "2"):
            notify(bob, kind=Kind.DECISION, key=key)
        mark_notification_as_read(Notification.objects.get(user=bob, key="2"))
        before = {person.pk: fresh(person).notification_stamp for person in (ana, bob)}
        notify_each({(ana.pk, "1"), (ana.pk, "2"), (bob.pk, "1"), (bob.pk, "2"), (bob.pk, "3")}, kind=Kind.DECISION)
        assert (unread(ana), unread(bob)) == ((0, 2), (0, 3))
        assert sorted(Notification.objects.of(bob).values_list("key", flat=True)) == ["1", "2", "3"]
        assert all(fresh(person).notification_stamp > before[person.pk] for person in (ana, bob))
        notify_each(set(), kind=Kind.DECISION)

    def test_query_count_is_constant(self, django_assert_max_num_queries):
        counts = []
        for size in (2, 20):
            events = {(person.pk, "1") for person in UserFactory.create_batch(size)}
            with django_assert_max_num_queries(10) as queries:
                notify_each(events, kind=Kind.DECISION)
            counts.append(len(queries))
        assert counts[0] == counts[1]
