"""The content of archives."""

import hashlib
import json

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from messaging.conversations.services import delete_conversation, send_message
from messaging.models import Notification
from messaging.notifications.services import silence_kinds
from posts.services import edit_post, publish_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user, mute_user
from tests.helpers.exports import as_the_original, export_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_posts_json_equals_that_of_the_original(susan, small, count):
    for number in range(count):
        publish_post(susan, body=f'{number}: "ñandú" \\ 漢字\n<b>&')
    PostFactory()
    written = export_of(susan).read("posts.json").decode()
    assert written == as_the_original(susan.posts.order_by("pk"))


def test_archive_contains_all_data(susan, small):
    others = {name: UserFactory(username=name) for name in ("ana", "bob", "eve", "kim")}
    follow_user(others["ana"], actor=susan)
    follow_user(susan, actor=others["bob"])
    follow_user(susan, actor=others["kim"])
    block_user(others["eve"], actor=susan)
    mute_user(others["kim"], actor=susan)
    User.objects.filter(pk=susan.pk).update(about_me="Measures twice.", time_zone="Asia/Tokyo", theme="dark")
    silence_kinds(susan, [Notification.Kind.LIKED, Notification.Kind.FOLLOWED])
    susan.refresh_from_db()
    PostFactory.create_batch(3, author=susan)
    read = export_of(susan)

    def names(section):
        return [entry["username"] for entry in json.loads(read.read(f"{section}.json"))[section]]

    assert (names("following"), names("followers")) == (["ana"], ["bob", "kim"])
    assert (names("blocks"), names("mutes")) == (["eve"], ["kim"])
    assert json.loads(read.read("settings.json")) == {"language": "", "time_zone": "Asia/Tokyo", "theme": "dark"}
    assert json.loads(read.read("notification_settings.json")) == {"silenced": ["followed", "liked"]}
    profile = json.loads(read.read("profile.json"))
    assert (profile["username"], profile["email"], profile["about_me"]) == (
        "susan",
        "susan@example.com",
        "Measures twice.",
    )
    index = read.read("index.html").decode()
    assert "Measures twice." in index
    assert 'href="pages/posts-2.html"' in index
    assert all(name in read.namelist() for name in ("pages/posts-1.html", "pages/posts-2.html"))


def test_manifest_lists_counts_and_checksums(susan, small):
    PostFactory.create_batch(5, author=susan)
    read = export_of(susan)
    manifest = json.loads(read.read("manifest.json"))
    assert manifest["counts"]["posts"] == 5
    assert manifest["counts"]["following"] == 0
    assert sorted([*manifest["files"], "manifest.json"]) == sorted(read.namelist())
    for name, facts in manifest["files"].items():
        content = read.read(name)
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_pages_escape_html_and_use_the_language_of_the_account(susan):
    publish_post(susan, body="<script>alert(1)</script> & more")
    User.objects.filter(pk=susan.pk).update(language="ar")
    read = export_of(User.objects.get(pk=susan.pk))
    page = read.read("pages/posts-1.html").decode()
    assert 'dir="rtl"' in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page


def test_conversations_contain_what_their_owner_sees(susan, small):
    ana, bob, eve, kit = (UserFactory(username=name) for name in ("ana", "bob", "eve", "kit"))
    for sender, recipient, body in [
        (bob, susan, "1"),
        (susan, ana, "2"),
        (susan, bob, "3"),
        (ana, susan, "4"),
        (ana, bob, "not hers"),
        (eve, susan, "from a user who then blocks her"),
        (kit, susan, "from a user that she then blocks"),
    ]:
        send_message(recipient, sender=sender, body=body)
    for other in (eve, kit):
        send_message(other, sender=susan, body="a reply by her")
    block_user(susan, actor=eve)
    block_user(kit, actor=susan)
    susan.refresh_from_db()
    with_bob = susan.participations.get(other=bob)
    delete_conversation(with_bob, upto=with_bob.last_message_id)
    send_message(susan, sender=bob, body="5")
    read = export_of(susan)
    messages = json.loads(read.read("messages.json"))["messages"]
    assert [(entry["with"], entry["sender"], entry["body"]) for entry in messages] == [
        ("bob", "bob", "5"),
        ("ana", "susan", "2"),
        ("ana", "ana", "4"),
        ("eve", "eve", "from a user who then blocks her"),
        ("eve", "susan", "a reply by her"),
        (None, "susan", "a reply by her"),
    ]
    assert all(entry["timestamp"].endswith("Z") for entry in messages)
    assert "not hers" not in read.read("pages/messages-1.html").decode()


def test_invisible_users_are_not_listed(susan):
    for name in ("seen", "blocks", "suspended", "deactivated"):
        person = UserFactory(username=name)
        follow_user(person, actor=susan)
        follow_user(susan, actor=person)
    block_user(susan, actor=User.objects.get(username="blocks"))
    User.objects.filter(username="suspended").update(suspended_at=timezone.now())
    User.objects.filter(username="deactivated").update(deactivated_at=timezone.now())
    susan.refresh_from_db()
    read = export_of(susan)
    for section in ("following", "followers"):
        assert [entry["username"] for entry in json.loads(read.read(f"{section}.json"))[section]] == ["seen"]


def test_messages_to_a_deleted_user_are_included(susan):
    kim = UserFactory(username="kim")
    send_message(kim, sender=susan, body="Are you there?")
    send_message(susan, sender=kim, body="No longer")
    User.objects.filter(pk=kim.pk).update(deactivated_at=timezone.now())
    read = export_of(susan)
    messages = json.loads(read.read("messages.json"))["messages"]
    assert [(entry["with"], entry["body"]) for entry in messages] == [(None, "Are you there?")]
    assert "kim" not in read.read("pages/messages-1.html").decode()


def test_details_of_posts_are_in_a_separate_file(susan, small, settings):
    settings.SITE_URL = "https://example.org"
    first, second, third = (publish_post(susan, body=body) for body in ("Good morning to all of you", "2", "3"))
    reply = publish_post(susan, body="4", reply_to=first.pk)
    edit_post(first, body="Good evening to all of you", language="en")
    read = export_of(susan)
    assert read.read("posts.json").decode() == as_the_original(susan.posts.order_by("pk"))
    details = json.loads(read.read("post_details.json"))["post_details"]
    assert [entry["id"] for entry in details] == [first.pk, second.pk, third.pk, reply.pk]
    assert details[0]["url"] == f"https://example.org/post/{first.pk}"
    assert details[0]["language"] == "en"
    assert details[0]["edited_at"].endswith("Z")
    assert details[1]["edited_at"] is None
    assert [entry["reply_to"] for entry in details] == [None, None, None, first.pk]
