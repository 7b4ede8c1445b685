"""Each sample of the original, imported whole."""

import hashlib
from collections import defaultdict

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import UserFactory
from imports.models import ImportedPost, ImportedUser
from imports.names import is_allowed
from imports.sources import opened, to_time
from imports.tests.makers import bring
from messaging.models import Message, Participant
from microblog.core.pagination import Cursor
from microblog.core.text import normalize_text
from posts.models import Post
from relationships.services import recount
from search.documents import DOCUMENTS
from search.repair import check
from tests.helpers.mail import deliver

pytestmark = pytest.mark.django_db


def all_rows():
    """Return a hash of all rows of all tables."""
    digest = hashlib.sha256()
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label):
        if model._meta.managed and not model._meta.proxy:
            rows = model._base_manager.order_by("pk").values_list()
            digest.update(f"{model._meta.label} {list(rows)}".encode())
    return digest.hexdigest()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def original(sample):
    """Return the rows of the source by table."""
    columns = {
        "user": ("id", "username", "email", "password_hash", "about_me", "last_seen", "last_message_read_time"),
        "post": ("id", "body", "timestamp", "user_id", "language"),
        "followers": ("follower_id", "followed_id"),
        "message": ("id", "sender_id", "recipient_id", "body", "timestamp"),
    }
    with opened(sample) as source:
        return {
            table: [dict(zip(names, row, strict=True)) for row in source.rows(table, names, order=names[:2])]
            for table, names in columns.items()
        }


def accounts(original):
    return {row["id"]: ImportedUser.objects.get(original_id=row["id"]).user for row in original["user"]}


def test_table_adds_up(sample, original):
    table = bring(sample)["rows"]
    for row in table.values():
        assert row["source"] == row["imported"] + row["known"] + row["left_out"]
        assert row["left_out"] == sum(row["why_left_out"].values())
        assert row["changed"] <= min(row["imported"], sum(row["why_changed"].values()))
    to_oneself = sum(row["sender_id"] == row["recipient_id"] for row in original["message"])
    assert {kind: table[kind]["imported"] for kind in ("users", "posts", "follows", "messages")} == {
        "users": User.objects.count(),
        "posts": Post.objects.count(),
        "follows": len(original["followers"]),
        "messages": Message.objects.count(),
    }
    assert table["users"]["source"] == table["users"]["imported"] == 20
    assert table["posts"]["source"] == table["posts"]["imported"] == 400
    assert table["messages"]["left_out"] == to_oneself


def test_ids_of_users_and_posts_are_kept(sample, original, folder):
    report = bring(sample)
    assert report["keeps_ids"] and report["ids_file"] is None and not list(folder.glob("*.csv"))
    assert set(User.objects.values_list("pk", flat=True)) == {row["id"] for row in original["user"]}
    assert set(Post.objects.values_list("pk", "author")) == {(row["id"], row["user_id"]) for row in original["post"]}
    assert UserFactory().pk > max(row["id"] for row in original["user"])


def test_users_keep_what_the_rules_allow(sample, original):
    bring(sample)
    for row in original["user"]:
        user = User.objects.get(pk=row["id"])
        assert user.email == row["email"].lower()
        assert user.emailaddress_set.get().verified
        assert user.about_me == normalize_text(row["about_me"] or "")
        assert user.last_seen == to_time(row["last_seen"])
        assert is_allowed(user.username)
        assert user.has_usable_password() == bool(row["password_hash"])
        if is_allowed(row["username"]) and row["username"] != "upper":
            assert user.username == row["username"]


def test_every_user_with_a_hash_signs_in_through_the_page(sample, original):
    bring(sample)
    first = original["user"][0]["id"]
    hashed = [row for row in original["user"] if row["password_hash"]]
    assert len(hashed) == 17
    for row in hashed:
        client = Client(REMOTE_ADDR=f"127.0.1.{row['id']}")
        form = {"login": row["email"], "password": f"password-{row['id'] - first}"}
        response = client.post(reverse("account_login"), form)
        assert response.status_code == 302, row
        assert int(client.session["_auth_user_id"]) == row["id"]
        assert User.objects.get(pk=row["id"]).password.startswith("argon2$")


def test_posts_are_those_of_the_source(sample, original):
    bring(sample)
    for row in original["post"]:
        post = Post.objects.get(pk=row["id"])
        assert (post.body, post.created_at) == (normalize_text(row["body"]), to_time(row["timestamp"]))
        if row["language"] in {"ar", "en", "es", "ja"}:
            assert post.language == row["language"]
    assert set(Post.objects.filter(body="Hello world").values_list("language", flat=True)) >= {"en"}
    assert set(Post.objects.values_list("language", flat=True)).isdisjoint({"UNKN", "zh-CN"})
    assert 'href="/user/john"' in Post.objects.filter(body__contains="@john")[0].body_html


def test_home_and_followers_of_each_user_are_those_of_the_source(sample, original):
    bring(sample)
    followed = defaultdict(set)
    for row in original["followers"]:
        followed[row["follower_id"]].add(row["followed_id"])
    for row in original["user"]:
        user = User.objects.get(pk=row["id"])
        authors = followed[row["id"]] | {row["id"]}
        home = [post["id"] for post in original["post"] if post["user_id"] in authors]
        assert [post.pk for post in Post.objects.home_timeline(user, Cursor(len(original["post"])))] == sorted(
            home, reverse=True
        )
        followers = {one["follower_id"] for one in original["followers"] if one["followed_id"] == row["id"]}
        assert set(User.objects.followers_of(user).values_list("pk", flat=True)) == followers
        assert user.follower_count == len(followers) and user.following_count == len(followed[row["id"]])
        assert user.post_count == sum(post["user_id"] == row["id"] for post in original["post"])
    assert recount(User.objects.values_list("pk", flat=True)) == []


def test_conversations_of_each_user_are_those_of_the_source(sample, original):
    bring(sample)
    wanted, unread = defaultdict(list), defaultdict(int)
    read_times = {row["id"]: to_time(row["last_message_read_time"]) for row in original["user"]}
    for row in sorted(original["message"], key=lambda row: (to_time(row["timestamp"]), row["id"])):
        sender, recipient, sent_at = row["sender_id"], row["recipient_id"], to_time(row["timestamp"])
        if sender == recipient:
            continue
        for pair in ((sender, recipient), (recipient, sender)):
            wanted[pair].append((sender, normalize_text(row["body"]), sent_at))
        unread[recipient, sender] += not read_times[recipient] or sent_at > read_times[recipient]
    sides = Participant.objects.all()
    assert {(side.user_id, side.other_id) for side in sides} == set(wanted)
    for side in sides:
        pair = side.user_id, side.other_id
        messages = Message.objects.seen_by(side).order_by("pk")
        assert list(messages.values_list("sender", "body", "sent_at")) == wanted[pair]
        assert side.unread_count == unread[pair]
        assert side.last_message_id == messages.last().pk
        received = messages.exclude(sender=side.user_id)
        assert received.filter(pk__gt=side.read_up_to).count() == unread[pair]
    for user in User.objects.all():
        assert user.unread_message_count == sum(count for pair, count in unread.items() if pair[0] == user.pk)


def test_posts_and_people_are_found(sample):
    bring(sample)
    for kind in DOCUMENTS:
        assert check(kind, "database").differences.ids == []


def test_second_run_changes_nothing(sample):
    bring(sample)
    before = all_rows()
    table = bring(sample)["rows"]
    assert all_rows() == before
    for kind in ("users", "posts", "follows", "messages"):
        assert table[kind]["known"] + table[kind]["left_out"] == table[kind]["source"]


def test_dry_run_writes_nothing(sample, folder):
    before = all_rows()
    report = bring(sample, dry_run=True)
    assert all_rows() == before and not list(folder.glob("*.csv"))
    done = bring(sample)
    assert done["rows"] == report["rows"] and done["notes"] == report["notes"]


def test_into_a_site_in_use_ids_are_mapped(sample, original, folder):
    other = UserFactory(username="john", email="user2@example.org")
    mine = Post.objects.create(author=other, body="Here before", body_html="", renderer_version=1)
    report = bring(sample)
    by_id = accounts(original)
    assert not report["keeps_ids"]
    assert User.objects.get(username="john") == other and by_id[original["user"][1]["id"]].username != "john"
    mary = by_id[original["user"][2]["id"]]
    assert mary.username == "mary" and mary.email != "user2@example.org"
    assert mary.shown_email.lower() == "user2@example.org"
    lines = (folder / "imported-ids.csv").read_text().splitlines()
    assert f"user,{original['user'][2]['id']},{mary.pk}" in lines
    assert len(lines) == 1 + ImportedUser.objects.count() + ImportedPost.objects.count()
    by_post = dict(ImportedPost.objects.values_list("original_id", "post"))
    for row in original["post"]:
        assert Post.objects.get(pk=by_post[row["id"]]).author == by_id[row["user_id"]]
    mine.refresh_from_db()
    assert mine.author == other
    before = all_rows()
    bring(sample)
    assert all_rows() == before


def test_owners_of_changed_names_are_mailed_once(sqlite_sample, mailoutbox):
    bring(sqlite_sample)
    renamed = ImportedUser.objects.exclude(unannounced_username="").count()
    assert renamed == 6
    assert bring(sqlite_sample, mail=True)["mailed"] == renamed
    assert bring(sqlite_sample, mail=True)["mailed"] == 0
    assert len(deliver()) == renamed
    (mail,) = [mail for mail in mailoutbox if mail.to == ["user12@example.org"]]
    assert '"with space"' in mail.body and '"with_space"' in mail.body
