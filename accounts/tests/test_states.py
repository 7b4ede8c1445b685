from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User, Username
from accounts.services import (
    LastAdministrator,
    UsernameTaken,
    deactivate_user,
    enqueue_due_deletions,
    lift_due_suspensions,
    lift_suspension,
    register_user,
    request_deletion,
    restore_user,
    set_staff,
    suspend_user,
)
from accounts.tasks import delete_account
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from jobs.models import Job, Queue
from jobs.worker import run_due
from relationships.models import Follow
from relationships.services import follow_user

pytestmark = pytest.mark.django_db


def log():
    return [(entry.action, entry.target_name, entry.actor_name) for entry in AuditEntry.objects.order_by("pk")]


class TestDeactivate:
    def test_deactivated_account_is_hidden_at_once_and_counters_follow(self, client):
        ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
        follow_user(bob, actor=ana)
        follow_user(ana, actor=bob)
        client.force_login(bob)
        deactivate_user(bob, actor=ana, reason="asked for")
        assert client.get("/explore").status_code == 302
        assert bob not in User.objects.visible_to(ana)
        run_due(Queue.TASKS)
        ana.refresh_from_db()
        assert (ana.follower_count, ana.following_count) == (0, 0)
        restore_user(User.objects.get(pk=bob.pk), actor=ana)
        run_due(Queue.TASKS)
        ana.refresh_from_db()
        assert (ana.follower_count, ana.following_count) == (1, 1)
        assert log() == [("account.deactivate", "bob", "ana"), ("account.restore", "bob", "ana")]

    def test_doing_it_again_changes_and_logs_nothing(self):
        bob = UserFactory()
        deactivate_user(bob, actor="test")
        first = User.objects.get(pk=bob.pk).deactivated_at
        deactivate_user(bob, actor="test")
        assert User.objects.get(pk=bob.pk).deactivated_at == first
        assert len(log()) == 1

    def test_last_administrator_stays(self):
        root = UserFactory(is_staff=True, is_superuser=True)
        for act in (
            lambda: deactivate_user(root, actor=root),
            lambda: set_staff(root, is_staff=False, is_superuser=False, actor=root),
        ):
            with pytest.raises(LastAdministrator):
                act()
        UserFactory(is_staff=True, is_superuser=True)
        set_staff(root, is_staff=False, is_superuser=False, actor=root)
        assert not User.objects.get(pk=root.pk).is_staff


class TestSuspend:
    def test_suspended_user_is_hidden_at_once_and_counters_follow(self):
        ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
        follow_user(bob, actor=ana)
        assert suspend_user(bob, actor=ana, reason="spam", details={"case": 1})
        assert bob not in User.objects.visible_to(ana)
        assert bob in User.objects.visible_to(bob)
        run_due(Queue.TASKS)
        ana.refresh_from_db()
        assert ana.following_count == 0
        assert lift_suspension(bob, actor=ana)
        assert not lift_suspension(bob, actor=ana)
        assert bob in User.objects.visible_to(ana)
        run_due(Queue.TASKS)
        ana.refresh_from_db()
        assert ana.following_count == 1
        assert log() == [("account.suspend", "bob", "ana"), ("account.lift_suspension", "bob", "ana")]
        entry = AuditEntry.objects.earliest("pk")
        assert (entry.after["case"], entry.before["suspended_at"]) == (1, None)

    def test_it_ends_by_itself_when_its_time_is_over(self):
        now = timezone.now()
        times = {"short": now, "long": now + timedelta(days=1), "ever": None}
        for name, until in times.items():
            suspend_user(UserFactory(username=name), actor="test", until=until)
        lift_due_suspensions()
        suspended = User.objects.filter(suspended_at__isnull=False).values_list("username", flat=True)
        assert set(suspended) == {"long", "ever"}
        assert log()[-1] == ("account.lift_suspension", "short", "the site")

    def test_suspending_again_changes_the_time_alone(self):
        bob = UserFactory()
        suspend_user(bob, actor="test", until=timezone.now() + timedelta(days=1))
        first = User.objects.get(pk=bob.pk).suspended_at
        assert not suspend_user(bob, actor="test")
        bob.refresh_from_db()
        assert (bob.suspended_at, bob.suspended_until) == (first, None)

    def test_opening_a_closed_account_lifts_no_suspension(self):
        bob = UserFactory()
        suspend_user(bob, actor="test")
        deactivate_user(bob, actor=bob)
        restore_user(bob, actor=bob)
        bob.refresh_from_db()
        assert bob.suspended_at is not None

    def test_last_administrator_stays(self):
        root = UserFactory(is_staff=True, is_superuser=True)
        other = UserFactory(is_staff=True, is_superuser=True)
        suspend_user(other, actor=root)
        with pytest.raises(LastAdministrator):
            suspend_user(root, actor=other)


class TestLeave:
    def test_password_is_asked_and_the_account_closes(self, client, susan):
        client.force_login(susan)
        assert client.get("/settings/leave").status_code == 200
        refused = client.post("/settings/leave", {"password": "wrong"})
        assert list(refused.context["form"].errors) == ["password"]
        assert client.post("/settings/leave", {"password": "measures twice"})["Location"] == "/auth/login"
        susan.refresh_from_db()
        assert (susan.deletion_due_at - timezone.now()).days in (13, 14)
        assert client.get("/explore").status_code == 302

    def test_signing_in_offers_to_come_back(self, client, susan):
        request_deletion(susan, actor=susan)
        response = client.post("/auth/login", {"login": "susan", "password": "measures twice"}, follow=True)
        assert response.redirect_chain[-1][0] == "/come_back"
        assert not response.wsgi_request.user.is_authenticated
        assert client.post("/come_back")["Location"] == "/auth/login"
        susan.refresh_from_db()
        assert (susan.deactivated_at, susan.deletion_due_at) == (None, None)

    def test_coming_back_needs_the_password_first(self, client, susan):
        request_deletion(susan, actor=susan)
        assert client.post("/come_back")["Location"] == "/auth/login"
        susan.refresh_from_db()
        assert susan.deletion_due_at is not None

    def test_account_closed_by_staff_cannot_be_opened_by_its_owner(self, client, susan):
        deactivate_user(susan, actor="staff")
        client.post("/auth/login", {"login": "susan", "password": "measures twice"})
        client.post("/come_back")
        susan.refresh_from_db()
        assert susan.deactivated_at is not None

    def test_after_the_days_everything_is_gone_and_the_name_reserved(self, susan):
        ana = UserFactory(username="ana")
        follow_user(susan, actor=ana)
        susan.posts.bulk_create(
            susan.posts.model(author=susan, body="x", body_html="x", renderer_version=1) for _ in range(600)
        )
        request_deletion(susan, actor=susan)
        enqueue_due_deletions()
        run_due(Queue.TASKS, seconds=60)
        assert User.objects.filter(pk=susan.pk).exists()
        User.objects.filter(pk=susan.pk).update(deletion_due_at=timezone.now())
        enqueue_due_deletions()
        run_due(Queue.TASKS, seconds=60)
        assert not User.objects.filter(pk=susan.pk).exists()
        assert not Follow.objects.exists()
        assert not Job.objects.exists()
        ana.refresh_from_db()
        assert ana.following_count == 0
        assert Username.objects.get(key="susan").user is None
        with pytest.raises(UsernameTaken):
            register_user(username="Susan", email="other@example.com", password=None)

    def test_deletion_of_a_restored_account_does_nothing(self, susan):
        request_deletion(susan, actor=susan)
        restore_user(susan, actor=susan)
        delete_account(susan.pk)
        assert User.objects.filter(pk=susan.pk).exists()


def run(*command):
    output = StringIO()
    call_command("account", *command, stdout=output)
    return output.getvalue()


class TestCommand:
    def test_creates_an_account_that_can_sign_in(self, client, monkeypatch):
        monkeypatch.setattr("sys.stdin", StringIO("measures twice\n"))
        assert run("create", "susan", "--email", "Susan@example.com", "--actor", "ops") == "create susan: done.\n"
        assert EmailAddress.objects.get().verified
        client.post("/auth/login", {"login": "susan", "password": "measures twice"})
        assert client.get("/").wsgi_request.user.username == "susan"
        assert log() == [("account.verify", "susan", "command by ops")]

    @pytest.mark.parametrize(
        ("arguments", "password", "said"),
        [
            (("a b", "--email", "a@example.com"), "measures twice", "letters, digits"),
            (("ana", "--email", "nonsense"), "measures twice", "email"),
            (("ana", "--email", "a@example.com"), "short", "too short"),
            (("taken", "--email", "a@example.com"), "measures twice", "different username"),
        ],
    )
    def test_refuses_with_a_reason_and_writes_nothing(self, monkeypatch, arguments, password, said):
        UserFactory(username="taken")
        monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n"))
        with pytest.raises(CommandError, match=said):
            run("create", *arguments)
        assert User.objects.count() == 1
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        "action", ["verify", "promote", "demote", "deactivate", "restore", "reset_second_factor", "end_sessions"]
    )
    def test_dry_run_changes_nothing(self, action):
        bob = UserFactory(username="bob")
        before = User.objects.filter(pk=bob.pk).values().get()
        assert run(action, "BOB", "--dry-run") == f"{action} bob: would be done.\n"
        assert User.objects.filter(pk=bob.pk).values().get() == before
        assert not AuditEntry.objects.exists()
        assert not Job.objects.exists()

    def test_unknown_account_has_its_own_exit_code(self):
        with pytest.raises(CommandError, match="no account unknown") as refusal:
            run("promote", "unknown")
        assert refusal.value.returncode == 3

    def test_promote_and_demote(self):
        UserFactory(username="root", is_staff=True, is_superuser=True)
        UserFactory(username="bob")
        run("promote", "bob", "--superuser", "--reason", "Helps out.")
        assert User.objects.get(username="bob").is_superuser
        run("demote", "bob")
        assert not User.objects.get(username="bob").is_staff
        assert [entry.reason for entry in AuditEntry.objects.order_by("pk")] == ["Helps out.", ""]

    def test_sessions_are_ended(self, client):
        bob = UserFactory(username="bob", password="measures twice")
        client.post("/auth/login", {"login": "bob", "password": "measures twice"})
        assert client.get("/explore").status_code == 200
        run("end_sessions", "bob")
        assert client.get("/explore").status_code == 302
        assert log() == [("account.end_sessions", str(bob), AuditEntry.objects.get().actor_name)]
