import uuid
from datetime import timedelta
from operator import attrgetter

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import deactivate_user, lift_suspension, restore_user, suspend_user
from accounts.tests.factories import UserFactory
from jobs.models import Job
from jobs.outbox import run_due_everywhere
from messaging import tasks
from messaging.models import Message, Notification, Participant
from messaging.services import (
    CannotDelete,
    CannotSend,
    delete_conversation,
    delete_old_notifications,
    notify,
    read_all_notifications,
    read_conversation,
    read_notification,
    recount_unread,
    send_message,
    withdraw_notifications,
)
from relationships.services import (
    block_user,
    follow_user,
    mute_user,
    unblock_user,
    unfollow_user,
    unmute_user,
)
from tests.helpers.concurrency import at_once

pytestmark = pytest.mark.django_db

Kind = Notification.Kind


def fresh(person):
    return User.objects.get(pk=person.pk)


def unread(person):
    person = fresh(person)
    return person.unread_message_count, person.unread_notification_count


def side(owner, other):
    return Participant.objects.get(user=owner, other=other)


def last_id():
    return Message.objects.latest("pk").pk


class TestSending:
    def test_both_are_in_one_conversation_whoever_begins(self, ana, bob):
        first = send_message(bob, sender=ana, body="Hi.")
        second = send_message(ana, sender=bob, body="Hi yourself.")
        assert first.conversation == second.conversation
        assert Participant.objects.count() == 2
        assert {side(ana, bob).last_message, side(bob, ana).last_message} == {second}
        assert (side(ana, bob).unread_count, side(bob, ana).unread_count) == (1, 1)
        assert unread(ana) == unread(bob) == (1, 0)

    def test_one_form_sends_one_message(self, ana, bob):
        key = uuid.uuid4()
        sent = [send_message(bob, sender=ana, body="Hi.", submission_key=key) for _ in range(2)]
        assert sent[0] == sent[1]
        assert unread(bob) == (1, 0)

    def test_used_key_sends_another_body_and_to_another_recipient(self, ana, bob):
        carl, key = UserFactory(username="carl"), uuid.uuid4()
        for _ in range(2):
            for recipient, body in [(bob, "one"), (bob, "two"), (carl, "one")]:
                send_message(recipient, sender=ana, body=body, submission_key=key)
        assert Message.objects.count() == 3
        assert (unread(bob), unread(carl)) == ((2, 0), (1, 0))

    @pytest.mark.parametrize(
        ("refuse", "why"),
        [
            (lambda ana, bob: suspend_user(ana, actor="staff"), "suspended"),
            (lambda ana, bob: suspend_user(bob, actor="staff"), "closed"),
            (lambda ana, bob: deactivate_user(bob, actor="staff"), "closed"),
            (lambda ana, bob: block_user(bob, actor=ana), "You have blocked bob"),
            (lambda ana, bob: block_user(ana, actor=bob), "bob has blocked you"),
            (lambda ana, bob: bob.delete(), "closed"),
        ],
    )
    def test_refusals_say_why_and_send_nothing(self, ana, bob, refuse, why):
        # Both as they were when the form was opened.
        as_before = fresh(ana), fresh(bob)
        refuse(ana, bob)
        with pytest.raises(CannotSend, match=why):
            send_message(as_before[1], sender=as_before[0], body="Hi.")
        assert not Message.objects.exists()

    def test_nobody_writes_to_themselves(self, ana):
        with pytest.raises(CannotSend, match="yourself"):
            send_message(ana, sender=ana, body="Hi.")


class TestReading:
    def test_badge_loses_what_was_read(self, ana, bob):
        carl = UserFactory()
        for sender in (ana, ana, carl):
            send_message(bob, sender=sender, body="Hi.")
        assert unread(bob) == (3, 0)
        read_conversation(side(bob, ana), upto=side(bob, ana).last_message_id)
        assert unread(bob) == (1, 0)
        assert side(bob, ana).unread_count == 0

    def test_message_that_came_meanwhile_stays_unread(self, ana, bob):
        seen = send_message(bob, sender=ana, body="Hi.")
        as_read = side(bob, ana)
        send_message(bob, sender=ana, body="Are you there?")
        assert not read_conversation(as_read, upto=seen.pk)
        assert unread(bob) == (2, 0)


class TestDeleting:
    def test_conversation_goes_for_its_owner_alone_and_begins_anew(self, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        delete_conversation(side(bob, ana), upto=last_id())
        assert unread(bob) == (0, 0)
        assert not Participant.objects.of(bob).listed()
        assert Message.objects.seen_by(side(bob, ana)).count() == 0
        assert Message.objects.seen_by(side(ana, bob)).count() == 1
        send_message(bob, sender=ana, body="Still there?")
        assert [message.body for message in Message.objects.seen_by(side(bob, ana))] == ["Still there?"]

    def test_what_both_deleted_is_gone(self, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        for owner, other in [(ana, bob), (bob, ana)]:
            delete_conversation(side(owner, other), upto=last_id())
        assert not Message.objects.exists()

    def test_message_that_was_not_seen_is_not_deleted(self, ana, bob):
        seen = send_message(bob, sender=ana, body="Hi.")
        send_message(bob, sender=ana, body="One more thing.")
        bobs_side = side(bob, ana)
        with pytest.raises(CannotDelete):
            delete_conversation(bobs_side, upto=seen.pk)
        assert unread(bob) == (2, 0)


class TestNotifying:
    def test_follower_is_told_and_taken_back(self, ana, bob):
        follow_user(bob, actor=ana)
        assert unread(bob) == (0, 1)
        assert [told.actor for told in Notification.objects.of(bob)] == [ana]
        unfollow_user(bob, actor=ana)
        assert unread(bob) == (0, 0)
        assert not Notification.objects.of(bob)

    def test_repeated_follow_is_told_again_only_after_a_day(self, ana, bob):
        follow_user(bob, actor=ana)
        told = Notification.objects.of(bob).get()
        read_notification(told)
        for _ in range(2):
            unfollow_user(bob, actor=ana)
            follow_user(bob, actor=ana)
        assert Notification.objects.of(bob).get() == told
        assert unread(bob) == (0, 0)
        unfollow_user(bob, actor=ana)
        Notification.objects.update(created_at=timezone.now() - timedelta(days=1))
        follow_user(bob, actor=ana)
        assert Notification.objects.of(bob).get().created_at > told.created_at
        assert unread(bob) == (0, 1)

    def test_later_one_of_the_same_key_replaces_the_earlier(self, bob):
        first = notify(bob, kind=Kind.DECISION, key="1", payload={"a": 1})
        read_notification(first)
        assert unread(bob) == (0, 0)
        for _ in range(2):
            notify(bob, kind=Kind.DECISION, key="1", payload={"a": 2})
        notify(bob, kind=Kind.DECISION, key="2")
        assert unread(bob) == (0, 2)
        assert Notification.objects.get(key="1").payload == {"a": 2}

    @pytest.mark.parametrize("keep_away", [block_user, mute_user])
    def test_nothing_is_told_of_oneself_and_of_people_one_does_not_hear(self, ana, bob, keep_away):
        keep_away(ana, actor=bob)
        for actor in (ana, bob):
            assert notify(bob, kind=Kind.MENTIONED, key="1", actor=fresh(actor)) is None
        assert unread(bob) == (0, 0)

    def test_progress_is_neither_listed_nor_counted(self, bob):
        notify(bob, kind=Kind.TASK_PROGRESS, key="7", payload={"task_id": "7", "progress": 10})
        assert not Notification.objects.of(bob)
        assert unread(bob) == (0, 0)
        assert fresh(bob).notification_stamp

    def test_withdrawn_from_everybody_by_its_actor(self, ana, bob):
        carl = UserFactory()
        for person in (bob, carl):
            notify(person, kind=Kind.MENTIONED, key="5", actor=ana)
        assert withdraw_notifications(kind=Kind.MENTIONED, key="5", actor=ana) == 2
        assert unread(bob) == unread(carl) == (0, 0)

    def test_read_one_by_one_or_all_at_once_but_not_what_came_later(self, bob):
        told = [notify(bob, kind=Kind.DECISION, key=str(n)) for n in range(4)]
        read_notification(told[1])
        assert unread(bob) == (0, 3)
        read_all_notifications(bob, upto=told[2].pk)
        assert unread(bob) == (0, 1)

    def test_followers_are_read_together(self, bob):
        for _ in range(3):
            follow_user(bob, actor=UserFactory())
        notify(bob, kind=Kind.DECISION)
        newest = Notification.objects.filter(kind=Kind.FOLLOWED).latest("pk")
        read_notification(newest)
        assert unread(bob) == (0, 1)

    def test_old_ones_go(self, bob):
        for age in (91, 89):
            notify(bob, kind=Kind.DECISION, key=str(age), created_at=timezone.now() - timedelta(days=age))
        assert delete_old_notifications()
        assert not delete_old_notifications()
        assert unread(bob) == (0, 1)


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
    def test_badges_count_only_those_whom_one_hears(self, ana, bob, away, back):
        follow_user(bob, actor=ana)
        send_message(bob, sender=ana, body="Hi.")
        away(ana, actor=bob)
        run_due_everywhere()
        # Muting somebody leaves one's conversation with them alone; blocking ended the follow.
        assert unread(bob) == ((1, 0) if away is mute_user else (0, 0))
        back(fresh(ana), actor=fresh(bob))
        run_due_everywhere()
        assert unread(bob) == ((1, 0) if away is block_user else (1, 1))

    def test_recount_that_goes_on_does_not_stand_for_one_that_begins_anew(self, ana, bob, monkeypatch):
        monkeypatch.setattr(tasks, "CONCERNED", 1)
        for reader in (bob, UserFactory()):
            send_message(reader, sender=ana, body="Hi.")
        suspend_user(ana, actor=bob)
        Job.objects.all().delete()
        tasks.recount_unread(ana.pk, 0)
        assert unread(bob) == (0, 0)
        lift_suspension(fresh(ana), actor=bob)
        run_due_everywhere()
        assert unread(bob) == (1, 0)

    def test_recount_sets_right_what_is_wrong(self, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        User.objects.filter(pk=bob.pk).update(unread_message_count=7, unread_notification_count=2)
        wrong = [("bob", "unread_message_count", 7, 1), ("bob", "unread_notification_count", 2, 0)]
        assert recount_unread([ana.pk, bob.pk], dry_run=True) == recount_unread([bob.pk]) == wrong
        assert recount_unread([bob.pk]) == []
        assert unread(bob) == (1, 0)

    def test_stamps_rise_even_when_the_clock_does_not(self, ana, bob):
        ahead = 10**16
        User.objects.filter(pk=bob.pk).update(notification_stamp=ahead)
        send_message(bob, sender=ana, body="Hi.")
        notify(bob, kind=Kind.DECISION)
        assert attrgetter("message_stamp", "notification_stamp")(fresh(bob)) == (ahead + 1, ahead + 2)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_form_sent_by_several_at_the_same_moment_sends_one_message(self, ana, bob):
        key = uuid.uuid4()
        sent = at_once(*[lambda: send_message(bob, sender=ana, body="Hi.", submission_key=key)] * 4)
        assert len({message.pk for message in sent}) == Message.objects.count() == 1
        assert unread(bob) == (1, 0)

    def test_two_who_write_and_read_at_once_never_wait_for_each_other_for_good(self, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        send_message(ana, sender=bob, body="Hi.")

        def talk(one, other):
            for _ in range(5):
                send_message(other, sender=one, body="And another thing.")
                mine = side(one, other)
                read_conversation(mine, upto=mine.last_message_id)
                follow_user(other, actor=one)
                unfollow_user(other, actor=one)
            return True

        assert at_once(lambda: talk(ana, bob), lambda: talk(bob, ana)) == [True, True]
        assert Message.objects.count() == 12
        assert recount_unread([ana.pk, bob.pk]) == []
