"""Imports that fail or are interrupted, and sources that cannot be read."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from accounts.models import User
from audit.models import AuditEntry
from imports.models import Import
from imports.reports import Report
from imports.runs import ImportFailed
from imports.services import import_microblog
from imports.sources import opened
from imports.tests.makers import SourceFile, bring, imported_rows
from posts.models import Post
from relationships.services import recount

pytestmark = pytest.mark.django_db

# The table here, the row that it refuses, and what the message calls that row.
FAULTS = {
    "users": ("accounts_user", "NEW.id = 11", "users 11"),
    "posts": ("posts_post", "NEW.id = 200", "posts 200"),
    "follows": ("relationships_follow", "NEW.follower_id = 9", r"follows 9 → \d+"),
    "messages": ("messaging_message", "NEW.sender_id = 7", r"messages \d+"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def source(tmp_path):
    return SourceFile(tmp_path / "source.db")


def refuse(table, condition):
    """Let the database refuse a row, as a full disk would."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW WHEN ({condition})"
                " EXECUTE FUNCTION refuse()"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER refuse BEFORE INSERT ON {table} WHEN {condition}"
                " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )


def accept(table):
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP TRIGGER refuse ON {table}" if connection.vendor == "postgresql" else "DROP TRIGGER refuse"
        )


@pytest.mark.parametrize("kind", FAULTS)
def test_import_that_fails_names_the_row_and_goes_on_when_started_again(kind, sqlite_sample):
    table, condition, named = FAULTS[kind]
    with transaction.atomic():
        bring(sqlite_sample)
        whole = imported_rows()
        transaction.set_rollback(True)
    assert not User.objects.exists()
    refuse(table, condition)
    with pytest.raises(CommandError, match=f"^{named}: the disk is full") as caught:
        bring(sqlite_sample, batch=7)
    assert "goes on" in str(caught.value)
    part = imported_rows()
    assert part[kind] != whole[kind]
    assert bool(part["posts"]) == (kind != "users") and bool(part["follows"]) == (kind in {"follows", "messages"})
    # The site is usable: what is there is right.
    assert recount(User.objects.values_list("pk", flat=True)) == []
    assert re.match(named, AuditEntry.objects.get(action="site.import_failed").reason)
    accept(table)
    report = bring(sqlite_sample, batch=7)
    assert imported_rows() == whole
    for row in report["rows"].values():
        assert row["source"] == row["imported"] + row["known"] + row["left_out"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("app.db", "begins with nothing"),
        ("oracle://localhost/x", "begins with oracle://. Use the DATABASE_URL"),
        ("sqlite:///nowhere.db", "no file nowhere.db. An absolute path has four slashes"),
        ("sqlite:///text.db", "cannot be read: file is not a database"),
        ("sqlite:///other.db", "has no table user and post as that has. Its tables: thing"),
        ("sqlite:///no_email.db", "has no table user as that has"),
        ("postgresql://me:secret@127.0.0.1:9/x", "cannot be read.*Check the URL and the server"),
        ("mysql+pymysql://me:secret@127.0.0.1:9/x", "cannot be read.*Check the URL and the server"),
        ("postgresql://me@127.0.0.1:port/x", "port"),
        ("mysql+pymysql://me@127.0.0.1:port/x", "port"),
    ],
)
def test_source_that_cannot_be_read_is_explained(url, message, folder):
    (folder / "text.db").write_text("Not a database, though it is long enough for the header of one." * 20)
    sqlite3.connect(folder / "other.db").executescript("CREATE TABLE thing (id INTEGER)").connection.close()
    SourceFile(folder / "no_email.db", "CREATE TABLE user (id, username); CREATE TABLE post (id, body, user_id);")
    with pytest.raises(CommandError, match=f"(?s){message}") as caught:
        bring(url)
    assert caught.value.returncode == 1 and "secret" not in str(caught.value)
    assert not Import.objects.exists()


def test_source_is_never_written(sqlite_sample):
    path = Path(sqlite_sample.removeprefix("sqlite:///"))
    before = path.read_bytes()
    bring(sqlite_sample)
    assert path.read_bytes() == before


def test_source_without_users_imports_nothing(source):
    assert bring(source.url)["rows"]["users"]["source"] == 0
    source.add_users("ana")
    assert bring(source.url)["rows"]["users"]["imported"] == 1


def test_new_rows_come_with_the_next_run(source):
    source.add_users("ana", "bob")
    source.add("post", {"id": 1, "body": "First", "user_id": 1, "timestamp": "2024-01-01 00:00:00"})
    bring(source.url)
    # Both sites go on: the next ids are taken here.
    here = User.objects.create_user("carla", "carla@example.com")
    mine = Post.objects.create(author=here, body="Mine", body_html="", renderer_version=1)
    assert (here.pk, mine.pk) == (3, 2)
    source.add("user", {"id": 3, "username": "dora", "email": "dora@example.com"})
    source.add(
        "post",
        {"id": 2, "body": "Of bob", "user_id": 2, "timestamp": "2024-01-02 00:00:00"},
        {"id": 3, "body": "Of dora", "user_id": 3, "timestamp": "2024-01-03 00:00:00"},
    )
    source.add("followers", {"follower_id": 3, "followed_id": 1})
    source.add(
        "message", {"id": 1, "sender_id": 3, "recipient_id": 1, "body": "Hello", "timestamp": "2024-01-04 00:00:00"}
    )
    report = bring(source.url)
    dora = User.objects.get(username="dora")
    assert dora.pk == 4 and report["ids_file"]
    assert Post.objects.get(body="Of bob").author.username == "bob" and Post.objects.get(body="Of bob").pk != 2
    assert Post.objects.get(body="Of dora").author == dora
    assert User.objects.followers_of(User.objects.get(username="ana")).get() == dora
    assert {kind: row["known"] for kind, row in report["rows"].items() if row["known"]} == {"users": 2, "posts": 1}
    assert User.objects.get(username="ana").unread_message_count == 1


def test_another_import_at_the_same_time_is_noticed(sqlite_sample):
    def go_on_elsewhere(_line):
        Import.objects.update(batches=F("batches") + 1)

    with (
        opened(sqlite_sample) as source,
        pytest.raises(ImportFailed, match="Another import of this source is running"),
    ):
        import_microblog(
            source,
            report=Report(go_on_elsewhere),
            actor="a test",
            batch=7,
            dry_run=False,
            progress=lambda _kind: lambda _done, _total: None,
        )
    # The first batch with a line was the last.
    assert User.objects.count() == Import.objects.get().marks["users"] < 20


def test_source_is_known_by_its_rows_wherever_it_is(sqlite_sample, folder):
    bring(sqlite_sample)
    moved = folder / "moved.db"
    moved.write_bytes(Path(sqlite_sample.removeprefix("sqlite:///")).read_bytes())
    assert bring("sqlite:///moved.db")["rows"]["users"]["known"] == User.objects.count() == 20
    # Another site of the same people is another source.
    with closing(sqlite3.connect(moved)) as other:
        other.execute("UPDATE post SET timestamp = '2020-01-01 00:00:00' WHERE id = 1")
        other.commit()
    assert bring("sqlite:///moved.db")["rows"]["users"]["imported"] == 20


def test_text_has_a_line_for_each_row_and_the_table(sqlite_sample, capsys):
    call_command("import_flask_microblog", sqlite_sample, "--dry-run")
    output = capsys.readouterr().out
    assert "users 13: username: 'with space' is 'with_space' here; email address 'user12@example.ORG'\n" in output
    assert re.search(r"\n +source +imported +known +changed +left out\n +users +20 +20 +0 +9 +0\n", output)
    assert re.search(r"\n +messages +160 +151 +0 +38 +9\n.*\n +left out: 9 to the sender themselves\n", output)
    assert output.endswith("Nothing was written.\n")


@pytest.mark.parametrize("size", ["0", "5001", "many"])
def test_batch_has_a_limit(size, sqlite_sample):
    with pytest.raises(CommandError, match="--batch"):
        call_command("import_flask_microblog", sqlite_sample, f"--batch={size}")


def test_audit_log_has_the_beginning_and_the_end(sqlite_sample):
    bring(sqlite_sample, actor="susan")
    bring(sqlite_sample, actor="susan")
    begun, ended = AuditEntry.objects.order_by("pk")
    assert (begun.action, begun.actor_name, begun.after) == ("site.import", "command by susan", {"keeps_ids": True})
    assert ended.action == "site.import_finished" and ended.after["users"]["imported"] == 20
    assert "@" not in f"{begun.target_name} {ended.target_name}"
