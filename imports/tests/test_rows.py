"""Rows of a source that cannot come as they are."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import UserFactory
from imports.people import ABOUT_ME_LIMIT
from imports.posts import BODY_LIMIT
from imports.tests.makers import TIME, SourceFile, bring
from messaging.models import Message, Participant
from posts.models import Post
from relationships.models import Block, Follow

pytestmark = pytest.mark.django_db

PBKDF2 = "pbkdf2:sha1:1000$HuauXwAanhYuk1Es$83a99c871efdf71503bc811afa48794ec48599cd"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def source(tmp_path):
    return SourceFile(tmp_path / "source.db")


def usernames():
    return list(User.objects.order_by("pk").values_list("username", flat=True))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["with space"], ["with_space"]),
        # A valid name stays its owner's, also after a changed one.
        (["emoji😀", "emoji"], ["emoji_1", "emoji"]),
        (["UPPER", "upper"], ["UPPER", "upper_2"]),
        # Letters that look alike.
        (["paypal", "paypaI"], ["paypal", "paypaI_2"]),
        (["pаypal"], ["p_ypal"]),
        (["admin"], ["admin_1"]),
        (["", "!!!", None], ["user_1", "user_2", "user_3"]),
        (["x" * 64, "x" * 65], ["x" * 64, "x" * 40]),
        ([".a.", "a\0b", "ﬁne"], ["a", "ab", "fine"]),
        (["a b", "a_b", "a/b"], ["a_b_1", "a_b", "a_b_3"]),
        (["user_2", "!"], ["user_2", "user_2_2"]),
    ],
)
def test_usernames_that_cannot_be_kept_are_changed(source, names, expected):
    source.add_users(*names)
    report = bring(source.url)
    assert usernames() == expected
    changed = sum(old != new for old, new in zip(names, expected, strict=True))
    assert report["rows"]["users"]["changed"] == report["rows"]["users"]["why_changed"]["username"] == changed
    for user in User.objects.all():
        assert User.objects.by_username(user.username).get() == user


def test_email_addresses_that_differ_only_in_case_are_of_the_oldest_account(source):
    source.add_users("ana", "bob", "carla", "dora")
    source.execute("UPDATE user SET email = 'Ana@Example.com' WHERE id = 1")
    source.execute(f"UPDATE user SET email = 'ana@example.com', password_hash = '{PBKDF2}' WHERE id = 2")
    source.execute("UPDATE user SET email = NULL WHERE id = 3")
    source.execute("UPDATE user SET email = 'not an address' WHERE id = 4")
    why = bring(source.url)["rows"]["users"]["why_changed"]
    assert why == {
        "the email address is another user's": 1,
        "no email address": 1,
        "not an email address": 1,
    }
    ana, bob, carla, dora = User.objects.order_by("pk")
    assert (ana.email, bob.shown_email) == ("ana@example.com", "ana@example.com")
    assert (carla.shown_email, dora.shown_email) == ("", "not an address")
    # The account is not lost: its owner signs in with the username, and sees what to correct.
    client = Client()
    assert client.post("/auth/login", {"login": "bob", "password": "password-6"}).status_code == 302
    assert int(client.session["_auth_user_id"]) == bob.pk


def test_unknown_password_hashes_are_reset_by_mail(source):
    source.add_users("ana", "bob")
    source.execute("UPDATE user SET password_hash = 'md5$salt$0123' WHERE id = 1")
    why = bring(source.url)["rows"]["users"]["why_changed"]
    assert why == {"password hash of an unknown format": 1}
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_texts_are_kept_whole_or_reported(source):
    source.add_users("ana")
    source.execute(f"UPDATE user SET about_me = '{'a' * (ABOUT_ME_LIMIT + 1)}', last_seen = 'yesterday'")
    bodies = ["b" * 141, "c" * BODY_LIMIT, "d" * (BODY_LIMIT + 1), "", "e\0f", b"bytes", None]
    source.add("post", *({"body": body, "user_id": 1, "timestamp": TIME} for body in bodies))
    report = bring(source.url)
    ana = User.objects.get()
    assert len(ana.about_me) == ABOUT_ME_LIMIT
    assert str(ana.last_seen) == f"{TIME}+00:00"  # that of the first post
    assert list(Post.objects.order_by("pk").values_list("body", flat=True)) == [
        bodies[0], bodies[1], "", "ef", "bytes", "",
    ]  # fmt: skip
    assert report["rows"]["posts"]["left_out"] == 1 and "posts 3: left out" in report["notes"][1]


def test_languages_that_are_not_known_are_detected(source):
    source.add_users("ana")
    text = "Esta es una frase en español para el detector"
    codes = ["es", "ES", "es-MX", "UNKN", "", None, "xx", "zh-CN"]
    source.add("post", *({"body": text, "user_id": 1, "timestamp": TIME, "language": code} for code in codes))
    report = bring(source.url)
    assert list(Post.objects.order_by("pk").values_list("language", flat=True)) == ["es"] * 7 + ["zh"]
    assert report["rows"]["posts"]["why_changed"] == {"language": 5}


def test_rows_without_a_time_get_that_of_the_account(source):
    source.add_users("ana", "bob")
    source.add("post", {"body": "When?", "user_id": 1, "timestamp": None})
    source.add("message", {"sender_id": 1, "recipient_id": 2, "body": "When?", "timestamp": "never"})
    report = bring(source.url)
    ana = User.objects.get(username="ana")
    assert Post.objects.get().created_at == Message.objects.get().sent_at == ana.created_at
    assert report["rows"]["posts"]["changed"] == report["rows"]["messages"]["changed"] == 1


def test_doubles_own_follows_and_lost_users_are_left_out_and_counted(source):
    source.add_users("ana", "bob")
    pairs = [(1, 2), (1, 2), (1, 1), (2, 1), (2, 9), (9, 1)]
    source.add("followers", *({"follower_id": one, "followed_id": other} for one, other in pairs))
    source.add("post", {"body": "Whose?", "user_id": 9, "timestamp": TIME})
    source.add("message", {"sender_id": 1, "recipient_id": 9, "body": "Is it lost?", "timestamp": TIME})
    for run in range(2):
        rows = bring(source.url, batch=1)["rows"]
        assert rows["follows"]["why_left_out"] == {
            "the same follow twice": 1,
            "of the user themselves": 1,
            "one of the two users is not there": 2,
        }
        assert rows["follows"]["imported" if run == 0 else "known"] == 2
    assert Follow.objects.count() == 2
    assert not Post.objects.exists() and not Message.objects.exists()


def test_follow_of_a_user_that_blocked_here_is_left_out(source):
    source.add_users("ana", "bob")
    bring(source.url)
    ana, bob = User.objects.order_by("pk")
    Block.objects.create(blocker=bob, blocked=ana)
    source.add("followers", {"follower_id": 1, "followed_id": 2})
    rows = bring(source.url)["rows"]
    assert rows["follows"]["why_left_out"] == {"one of the two blocks the other here": 1}


def test_deleted_account_does_not_come_back(source):
    source.add_users("ana", "bob")
    bring(source.url)
    User.objects.get(username="bob").delete()
    source.add("followers", {"follower_id": 1, "followed_id": 2})
    assert bring(source.url)["rows"]["follows"]["left_out"] == 1
    assert usernames() == ["ana"]


def test_messages_of_a_later_run_join_the_conversation(source):
    source.add_users("ana", "bob")
    source.execute("UPDATE user SET last_message_read_time = '2024-03-02 00:00:00' WHERE id = 2")
    first = {"sender_id": 1, "recipient_id": 2, "body": "Read", "timestamp": TIME}
    source.add("message", first)
    bring(source.url)
    source.add("message", first | {"body": "Unread", "timestamp": "2024-03-03 00:00:00"})
    bring(source.url)
    side = Participant.objects.get(user__username="bob")
    assert (side.unread_count, side.last_message.body) == (1, "Unread")
    assert Message.objects.get(pk=side.read_up_to).body == "Read"
    assert side.user.unread_message_count == 1


def test_oldest_schema_has_users_and_posts_alone(tmp_path):
    source = SourceFile(
        tmp_path / "old.db",
        "CREATE TABLE user (id INTEGER PRIMARY KEY, username TEXT, email TEXT, password_hash TEXT);"
        "CREATE TABLE post (id INTEGER PRIMARY KEY, body TEXT, user_id INTEGER);"
        "CREATE TABLE photo (id INTEGER PRIMARY KEY);"
        "INSERT INTO user VALUES (1, 'ana', 'ana@example.com', NULL); INSERT INTO post VALUES (1, 'Hello', 1);",
    )
    report = bring(source.url)
    assert Post.objects.get().author.username == "ana"
    assert report["not_imported"] == ["photo"]


def test_names_of_accounts_here_are_kept_from_imported_users(source):
    mine = UserFactory(username="ana", email="user2@example.com")
    source.add_users("Ana", "bob")
    bring(source.url)
    assert usernames() == ["ana", "Ana_1", "bob"]
    assert User.objects.by_email("user2@example.com").get() == mine
