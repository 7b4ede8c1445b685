"""Other users of the machine cannot read the site's files."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from microblog.core import checks, private
from microblog.core.output import Progress
from operations import backups
from tests.helpers.programs import site_environment

ROOT = django_settings.BASE_DIR


def mode(path):
    return path.stat().st_mode & 0o777


@pytest.fixture
def open_umask():
    """Create files with the usual umask, unless the site changes it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def public_site(settings, tmp_path):
    """Use a separate folder for a site in production."""
    settings.IS_PUBLIC = True
    settings.BASE_DIR = tmp_path
    settings.LOG_TO_STDOUT = True
    return tmp_path


def manage(folder, *arguments):
    env = site_environment(f"sqlite:///{folder / 'app.db'}", ALLOWED_HOSTS="localhost")
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, umask=0o022, capture_output=True, text=True, check=False)


@pytest.mark.programs
def test_new_database_file_is_private_from_the_start(tmp_path):
    code = (
        "from django.db import connection; from pathlib import Path; connection.ensure_connection();"
        "print(*(oct(p.stat().st_mode)[-3:] for p in Path(connection.settings_dict['NAME']).parent.glob('app.db*')))"
    )
    done = manage(tmp_path, "shell", "--verbosity=0", "-c", code)
    assert set(done.stdout.split()) == {"600"}, done.stderr


@pytest.mark.programs
def test_mode_of_a_database_file_that_others_can_read_is_repaired(tmp_path):
    with closing(sqlite3.connect(tmp_path / "app.db")) as former:
        former.execute("PRAGMA journal_mode=WAL")
        former.execute("CREATE TABLE message (body TEXT)")
        for path in tmp_path.glob("app.db*"):
            path.chmod(0o644)
        assert manage(tmp_path, "showmigrations").returncode == 0
        modes = {path.name: mode(path) for path in tmp_path.glob("app.db*")}
    assert set(modes) == {"app.db", "app.db-wal", "app.db-shm"}
    assert set(modes.values()) == {0o600}


class TestStart:
    def test_file_mode_is_repaired(self, public_site):
        (public_site / ".env").touch()
        (public_site / ".env").chmod(0o644)
        assert checks.check_private_files(None) == []
        assert mode(public_site / ".env") == 0o600

    def test_modes_of_archive_and_log_folders_are_repaired(self, public_site, settings):
        settings.LOG_TO_STDOUT = False
        settings.LOG_FOLDER = public_site / "logs"
        archives = Path(private.storages["exports"].location)
        for folder in (archives, settings.LOG_FOLDER):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        assert checks.check_private_files(None) == []
        assert mode(archives) == mode(settings.LOG_FOLDER) == 0o700

    def test_file_of_another_user_is_refused(self, public_site):
        path = public_site / ".env"
        path.touch()
        path.chmod(0o644)
        os.chown(path, os.geteuid() + 1, -1)
        (error,) = checks.check_private_files(None)
        assert error.is_serious()
        assert str(path) in error.msg
        assert "chmod" in error.hint

    def test_group_readable_file_is_left_to_the_operator(self, public_site):
        (public_site / ".env").touch()
        (public_site / ".env").chmod(0o640)
        assert checks.check_private_files(None) == []
        assert mode(public_site / ".env") == 0o640


def test_units_create_private_files():
    units = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
    assert len(units) == 4
    for unit in units:
        values = dict(re.findall(r"^(\w+)=(.+)$", unit.read_text(), re.MULTILINE))
        assert (values["UMask"], values["StateDirectoryMode"]) == ("0077", "0700"), unit.name
    assert "umask 077" in (ROOT / "boot.sh").read_text()


@pytest.mark.usefixtures("open_umask")
class TestCreated:
    def test_backup_is_private(self, transactional_db, tmp_path):
        backups.create(tmp_path / "copy.tar", Progress("Copied"))
        assert mode(tmp_path / "copy.tar") == 0o600

    def test_env_file_of_make_run_is_private(self, tmp_path):
        code = f"import pathlib; from scripts import run; run.ROOT = pathlib.Path({str(tmp_path)!r}); run.write_env()"
        (tmp_path / ".env.example").write_text("SECRET_KEY=\n")
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
        assert mode(tmp_path / ".env") == 0o600

    def test_log_files_are_in_a_private_folder(self, tmp_path):
        code = "from microblog import settings as s; print(oct(s.LOG_FOLDER.stat().st_mode & 0o777))"
        env = site_environment("sqlite:///x.db", PYTHONPATH="", CONFIGURATION="production")
        shutil.copytree(ROOT / "microblog" / "settings", tmp_path / "microblog" / "settings")
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.stdout.strip() == "0o700", done.stderr
