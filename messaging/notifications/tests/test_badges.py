from operator import attrgetter

import pytest

from accounts.models import User
from accounts.services import deactivate_user, lift_suspension, restore_user, suspend_user
from accounts.tests.factories import UserFactory
from jobs.models import Job
from jobs.worker import run_due_everywhere
from messaging import tasks
from messaging.conversations.services import send_message
from messaging.models import Notification
from messaging.notifications.badges import recount_unread
from messaging.notifications.services import notify
from relationships.services import (
    block_user,
    follow_user,
    mute_user,
    unblock_user,
    unmute_user,
)
from tests.helpers.messages import fresh, unread

pytestmark = pytest.mark.django_db
Kind = Notification.Kind


class TestCounters:
    @pytest.mark.parametrize(
        ("away", "back"),
        [
            (block_user, unblock_user),
            (mute_user, unmute_user),
            (suspend_user, lift_suspension),
            (deactivate_user, restore_user),
        ],
    )
    def test_badges_exclude_blocked_muted_and_invisible_users(self, ana, bob, away, back):
        follow_user(bob, actor=ana)
        send_message(bob, sender=ana, body="Hi.")
        away(ana, actor=bob)
        run_due_everywhere()
        # Muting does not affect conversations; blocking ended the follow.
        assert unread(bob) == ((1, 0) if away is mute_user else (0, 0))
        back(fresh(ana), actor=fresh(bob))
        run_due_everywhere()
        assert unread(bob) == ((1, 0) if away is block_user else (1, 1))

    def test_new_recount_is_enqueued_while_another_continues(self, ana, bob, monkeypatch):
        monkeypatch.setattr(tasks, "BATCH", 1)
        for reader in (bob, UserFactory()):
            send_message(reader, sender=ana, body="Hi.")
        suspend_user(ana, actor=bob)
        Job.objects.all().delete()
        tasks.recount_unread(ana.pk, 0)
        assert unread(bob) == (0, 0)
        lift_suspension(fresh(ana), actor=bob)
        run_due_everywhere()
        assert unread(bob) == (1, 0)

    def test_recount_corrects_wrong_counters(self, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        User.objects.filter(pk=bob.pk).update(unread_message_count=7, unread_notification_count=2)
        wrong = [("bob", "unread_message_count", 7, 1), ("bob", "unread_notification_count", 2, 0)]
        assert recount_unread([ana.pk, bob.pk], dry_run=True) == recount_unread([bob.pk]) == wrong
        assert recount_unread([bob.pk]) == []
        assert unread(bob) == (1, 0)

    def test_stamps_increase_even_if_the_clock_does_not(self, ana, bob):
        ahead = 10**16
        User.objects.filter(pk=bob.pk).update(notification_stamp=ahead)
        send_message(bob, sender=ana, body="Hi.")
        notify(bob, kind=Kind.DECISION)
        assert attrgetter("message_stamp", "notification_stamp")(fresh(bob)) == (ahead + 1, ahead + 2)
