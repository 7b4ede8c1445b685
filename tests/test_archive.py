"""Sections that other apps add to the archive of a user's data."""

import json
from datetime import timedelta

import pytest

from accounts.models import User
from accounts.security.models import ApiToken, SecurityEvent
from accounts.security.services import make_token, record_security_event
from accounts.tests.factories import UserFactory
from moderation.services.decisions import appeal, decide
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.tests.factories import PostFactory
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
