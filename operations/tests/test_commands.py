import json
import re
import tarfile
from base64 import urlsafe_b64decode
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.core.management.base import CommandParser
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from accounts.models import User
from accounts.security.services import delete_expired_sessions
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from jobs.models import Job
from jobs.schedule import RecurringTask
from microblog.schedule import RECURRING
from operations import backups, doctor, health
from posts.models import Post
from posts.tests.factories import PostFactory
from repositories.tests.factories import RepositoryFactory
from tests.helpers import ledger

OURS = sorted(name for name, app in get_commands().items() if app == "operations")


def call(*arguments, code=0):
    """Run a command, check its exit code and return its output."""
    out = StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=out)
        ended = 0
    except SystemExit as end:
        ended = end.code
    except CommandError as error:
        out.write(str(error))
        ended = error.returncode
    assert ended == code, out.getvalue()
    return out.getvalue()


def report_of(*arguments, code=0):
    return json.loads(call(*arguments, "--json", code=code))


@pytest.mark.parametrize("name", OURS)
def test_help_describes_changes_and_exit_codes(name):
    command = load_command_class("operations", name)
    assert "Exit codes: 0 " in command.help
    parser = command.create_parser("manage.py", name)
    assert isinstance(parser, CommandParser)
    options = {option for action in parser._actions for option in action.option_strings}
    assert "--json" in options
    assert ("--dry-run" in options) is (name != "doctor")


def test_commands_are_collected():
    folder = settings.BASE_DIR / "operations" / "management" / "commands"
    assert sorted(path.stem for path in folder.glob("[!_]*.py")) == OURS


@pytest.mark.django_db(transaction=True)
class TestDoctor:
    @pytest.fixture(autouse=True)
    def _administrator(self, settings):
        settings.LOG_TO_STDOUT = True
        settings.SITE_URL = ""
        settings.ALLOWED_HOSTS = ["localhost"]
        UserFactory(is_superuser=True, is_staff=True)

    def states(self, code):
        return {finding["check"]: finding["state"] for finding in report_of("doctor", code=code)["findings"]}

    def test_healthy_site_has_no_findings(self):
        states = self.states(0)
        assert set(states.values()) == {"ok", "off"}
        components = {finding.component.name for finding in health.findings()}
        others = {"settings", "migrations", "jobs", "people", "clock", "translations", "static files", "disk"}
        assert set(states) == components | others | {"permissions", "repositories"}

    def test_names_a_remedy_for_each_finding(self, settings):
        settings.IS_PUBLIC = True
        settings.ALLOWED_HOSTS = []
        findings = report_of("doctor", code=1)["findings"]
        found = [finding for finding in findings if finding["state"] in ("warning", "problem")]
        assert any("E004" in finding["detail"] for finding in found)
        assert all(finding["remedy"] for finding in found), found
        assert "→" in call("doctor", code=1)

    def test_unavailable_database_is_a_finding_without_traceback(self, components):
        def away():
            raise OperationalError("could not connect")

        components["database"] = components["database"]._replace(probe=away)
        assert self.states(1)["database"] == "problem"

    def test_given_up_jobs_and_a_missing_administrator_are_warnings(self):
        User.objects.update(is_superuser=False)
        Job.objects.create(task="some.task", failed_at=timezone.now())
        states = self.states(3)
        assert (states["given up jobs"], states["people"]) == ("warning", "warning")

    def test_limits_of_github_and_a_refused_token_are_reported(self):
        limited = RepositoryFactory(limited_until=timezone.now() + timedelta(minutes=20))
        assert self.states(3)["repositories"] == "warning"
        RepositoryFactory(outcome=limited.Outcome.UNAUTHORIZED)
        assert self.states(1)["repositories"] == "problem"

    def test_full_disk_and_readable_private_files_are_reported(self, settings, tmp_path, monkeypatch):
        (tmp_path / ".env").write_text("SECRET_KEY=x")
        # Files that all users can read are made private at once (tests/security/test_files.py).
        (tmp_path / ".env").chmod(0o640)
        settings.BASE_DIR = tmp_path
        settings.IS_PUBLIC = True
        monkeypatch.setattr(doctor, "LITTLE_SPACE", 2**63)
        settings.LOG_FOLDER = tmp_path / "logs"
        settings.LOG_FOLDER.mkdir()
        settings.LOG_TO_STDOUT = False
        states = self.states(3)
        assert (states["disk"], states["permissions"]) == ("warning", "warning")


@pytest.mark.django_db(transaction=True)
class TestBackup:
    @pytest.fixture(autouse=True)
    def _files(self, settings, tmp_path):
        settings.MEDIA_ROOT = str(tmp_path / "media")
        storages["default"].save("a/letter.txt", ContentFile(b"kept"))

    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "backups"
        folder.mkdir()
        return folder

    def back_up(self, folder):
        return Path(report_of("backup", str(folder))["path"])

    def test_restored_backup_is_complete_and_ends_all_sessions(self, folder, client):
        ana = UserFactory(username="ana")
        PostFactory(author=ana, body="kept 字")
        client.force_login(ana)
        before = list(Post.objects.values()), list(User.objects.values())
        path = self.back_up(folder)

        PostFactory(author=ana, body="lost")
        User.objects.filter(pk=ana.pk).update(about_me="changed")
        storages["default"].delete("a/letter.txt")
        for _twice in range(2):
            call("restore", path, "--replace")
            assert (list(Post.objects.values()), list(User.objects.values())) == before
        with storages["default"].open("a/letter.txt") as file:
            assert file.read() == b"kept"
        assert not Session.objects.exists()
        assert AuditEntry.objects.latest("pk").action == "site.restore"
        # Identity columns continue, and the audit log's trigger exists.
        PostFactory(author=User.objects.get(pk=ana.pk), body="new")
        with pytest.raises(DatabaseError, match="audit"):
            AuditEntry.objects.update(action="forged")
        connection.close()

    def test_backup_is_private_and_holds_no_session_key(self, folder, client):
        client.force_login(UserFactory())
        path = self.back_up(folder)
        assert path.stat().st_mode & 0o077 == 0
        key = Session.objects.get().session_key
        with tarfile.open(path) as archive:
            assert archive.getnames()[-1] == "manifest.json"
            assert key.encode() not in archive.extractfile("database").read()
        assert list(folder.iterdir()) == [path]

    def test_restore_needs_replace_and_a_dry_run_changes_nothing(self, folder):
        UserFactory()
        path = self.back_up(folder)
        UserFactory()
        assert "--replace" in call("restore", path, code=1)
        call("restore", path, "--replace", "--dry-run")
        assert User.objects.count() == 2

    @pytest.mark.parametrize("harm", ["cut", "changed", "no archive"])
    def test_damaged_backup_is_refused_before_any_change(self, folder, harm):
        UserFactory()
        path = self.back_up(folder)
        content = path.read_bytes()
        harmed = {
            "cut": content[: len(content) // 2],
            "changed": content.replace(b"kept", b"KEPT"),
            "no archive": b"no archive",
        }
        path.write_bytes(harmed[harm])
        assert re.search("truncated|damaged|cannot be read", call("restore", path, "--replace", code=1))
        assert User.objects.count() == 1

    def test_backup_of_another_engine_or_a_newer_release_is_refused(self, folder):
        path = self.back_up(folder)
        manifest = backups.verify(path, lambda done, total: None)
        for other, words in (
            (manifest._replace(engine="oracle"), "of oracle"),
            (manifest._replace(migrations=["posts.9999_future"]), "newer release"),
        ):
            with pytest.raises(backups.BackupError, match=words):
                backups.check_restorable(other)

    def test_files_are_restored_only_into_their_storage(self, tmp_path):
        source, folder = StringIO(), tmp_path / "media"
        with pytest.raises(backups.BackupError, match="outside"):
            backups._put(source, folder, "../evil")

    def test_dry_run_writes_nothing_and_old_backups_are_deleted(self, folder):
        assert report_of("backup", str(folder), "--dry-run")["files"] == 1
        assert list(folder.iterdir()) == []
        for day in range(3):
            (folder / f"microblog-2020010{day + 1}T000000Z.tar").touch()
        assert report_of("backup", str(folder), "--keep=2")["deleted"] == [
            "microblog-20200101T000000Z.tar",
            "microblog-20200102T000000Z.tar",
        ]

    def test_failed_backup_leaves_no_file(self, folder, monkeypatch):
        monkeypatch.setenv("PATH", "")
        if connection.vendor == "postgresql":
            assert "pg_dump was not found" in call("backup", str(folder), code=1)
        assert list(folder.iterdir()) == []
        assert "is not a folder" in call("backup", str(folder / "nosuch"), code=1)


@pytest.mark.django_db
class TestRotateSecretKey:
    OLD = "the former key"

    @pytest.fixture(autouse=True)
    def env(self, settings, tmp_path):
        settings.BASE_DIR = tmp_path
        settings.SECRET_KEY = self.OLD
        env = tmp_path / ".env"
        env.write_text(f"# mine\nSECRET_KEY={self.OLD}\nHTTPS=1\nSECRET_KEY_FALLBACKS=\n")
        return env

    def read(self, env):
        return dict(line.split("=", 1) for line in env.read_text().splitlines() if "=" in line)

    def test_second_factors_work_after_rotation(self, env, settings):
        user = UserFactory()
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
        codes = RecoveryCodes.activate(user).generate_codes()

        call("rotate_secret_key", "--dry-run")
        assert self.read(env)["SECRET_KEY"] == self.OLD
        call("rotate_secret_key")
        read = self.read(env)
        assert (read["SECRET_KEY_FALLBACKS"], read["HTTPS"]) == (self.OLD, "1")
        # 50 random bytes.
        assert len(urlsafe_b64decode(read["SECRET_KEY"] + "=")) == 50
        assert env.stat().st_mode & 0o077 == 0

        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = read["SECRET_KEY"], [self.OLD]
        assert report_of("rotate_secret_key", "--finish", "--dry-run")["encrypted"] == 2
        assert report_of("rotate_secret_key", "--finish")["encrypted"] == 2
        assert report_of("rotate_secret_key", "--finish")["encrypted"] == 0
        assert self.read(env)["SECRET_KEY_FALLBACKS"] == ""

        settings.SECRET_KEY_FALLBACKS = []
        recovered = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap()
        assert recovered.generate_codes() == codes
        assert AuditEntry.objects.filter(action="site.rotate_secret_key").count() == 3
        assert read["SECRET_KEY"] not in str(list(AuditEntry.objects.values()))

    def test_key_outside_env_file_is_not_changed(self, env, settings):
        settings.SECRET_KEY = "set by the service manager"
        assert "SECRET_KEY_FALLBACKS" in call("rotate_secret_key", code=1)
        assert self.read(env)["SECRET_KEY"] == self.OLD


@pytest.mark.django_db
class TestExpire:
    def test_only_expired_rows_are_deleted(self):
        now = timezone.now()
        for key, hours in (("old", -1), ("new", 1)):
            Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))
        task = RecurringTask(delete_expired_sessions, every=timedelta(days=1)).task.name
        assert report_of("expire", "--dry-run")["rows"][task] == {"django_session": 1}
        assert Session.objects.count() == 2
        assert report_of("expire")["rows"][task] == {"django_session": 1}
        assert Session.objects.get().session_key == "new"
        assert "rows that changed: none" in call("expire")

    def test_failed_task_is_named_and_the_others_run(self, monkeypatch):
        broken = RecurringTask(ledger.fail.function, every=timedelta(days=1), expires=True)
        monkeypatch.setattr("microblog.schedule.RECURRING", [broken, *RECURRING])
        report = report_of("expire", code=1)
        assert list(report["failed"]) == ["tests.helpers.ledger.fail"]
        assert len(report["rows"]) == sum(entry.expires for entry in RECURRING)
