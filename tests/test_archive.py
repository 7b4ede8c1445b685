"""Sections that other apps add to the archive of a user's data."""

import json
import re
from datetime import timedelta

import pytest

from accounts.models import User
from accounts.security.models import ApiToken, SecurityEvent
from accounts.security.services import make_token, record_security_event
from accounts.tests.factories import UserFactory
from api.fields import format_time
from moderation.services.decisions import appeal, decide
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.models import Post
from posts.reactions.services import repost_post, undo_repost
from posts.services import hide_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user, hide_reposts
from tests.helpers.exports import export_of

pytestmark = pytest.mark.django_db


def test_archive_has_reports_decisions_security_log_and_tokens():
    susan = UserFactory(username="susan", language="es")
    troll, moderator = UserFactory(username="troll"), make_moderator(username="inspector")
    make_case(PostFactory(author=troll, body="words of others"), reporter=susan, comment="Look at this")
    case = make_case(PostFactory(author=susan), reporter=troll, comment="words of the reporter")
    decision = decide(case, action="warn", actor=moderator, rule=a_rule(), reason="Please be kind")
    appeal(decision, actor=susan, text="I was")
    record_security_event(susan, SecurityEvent.Kind.NEW_DEVICE)
    _row, secret = make_token(susan, name="My phone", lifetime=timedelta(days=1))
    read = export_of(User.objects.get(pk=susan.pk))

    def entries(section):
        return json.loads(read.read(f"{section}.json"))[section]

    (reported,) = entries("reports")
    assert (reported["about"], reported["comment"], reported["outcome"]) == ("post", "Look at this", None)
    (decided,) = entries("decisions")
    assert (decided["action"], decided["reason"], decided["appeal"]) == ("warn", "Please be kind", "I was")
    assert "new_device" in [event["event"] for event in entries("security_log")]
    (token,) = entries("tokens")
    assert (token["name"], token["last_used_at"]) == ("My phone", None)
    pages = {name: read.read(name).decode() for name in read.namelist()}
    assert "Look at this" in pages["pages/reports-1.html"]
    assert "Please be kind" in pages["pages/decisions-1.html"]
    assert "My phone" in pages["pages/tokens-1.html"]
    # In the language of the account.
    assert "dispositivo" in pages["pages/security_log-1.html"]
    whole = "".join(pages.values())
    private = [secret, ApiToken.objects.get().digest, "words of others", "words of the reporter", "troll", "inspector"]
    assert not [word for word in private if word in whole]


def test_archive_has_reposts_of_visible_posts_and_users_with_hidden_reposts(settings):
    susan, ana, bob, dan = (UserFactory(username=name) for name in ("susan", "ana", "bob", "dan"))
    kept, undone, hidden, blocked = (PostFactory(author=author) for author in (ana, bob, bob, dan))
    for post in (kept, undone, hidden, blocked):
        repost_post(post, actor=susan)
    undo_repost(undone, actor=susan)
    repost_post(kept, actor=bob)
    hide_post(hidden, actor=ana, reason="Spam")
    block_user(susan, actor=dan)
    for person in (ana, bob):
        follow_user(person, actor=susan)
    hide_reposts(bob, actor=susan)
    follow_user(susan, actor=bob)
    hide_reposts(susan, actor=bob)
    read = export_of(User.objects.get(pk=susan.pk))
    reposts = json.loads(read.read("reposts.json"))["reposts"]
    rows = [Post.objects.get(author=susan, repost_of=post) for post in (kept, undone)]
    assert reposts == [
        {
            "author": author,
            "url": f"{settings.SITE_URL}{post.get_absolute_url()}",
            "timestamp": format_time(row.created_at),
            "undone_at": row.hidden_at and format_time(row.hidden_at),
        }
        for author, post, row in zip(("ana", "bob"), (kept, undone), rows, strict=True)
    ]
    assert [entry["undone_at"] is None for entry in reposts] == [True, False]
    page = read.read("pages/reposts-1.html").decode()
    assert all(entry["url"] in page for entry in reposts)
    following = json.loads(read.read("following.json"))["following"]
    assert {entry["username"]: entry["hides_reposts"] for entry in following} == {"ana": False, "bob": True}
    pages = [read.read(f"pages/{name}-1.html").decode() for name in ("following", "followers")]
    assert "hides_reposts" not in json.loads(read.read("followers.json"))["followers"][0]
    assert [re.findall(r"You have hidden reposts by (\w+)\.", page) for page in pages] == [["bob"], []]
    assert json.loads(read.read("posts.json"))["posts"] == []
