"""Permissions: every operation of the API for every kind of caller."""

from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security.models import ApiToken
from accounts.security.services import make_token
from accounts.tests.factories import UserFactory
from api.schema import get_schema
from blog.services import hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from exports.services import request_export
from messaging.conversations.services import send_message
from moderation.models import Rule
from moderation.services.reports import report
from posts.services import hide_post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user
from repositories.tests.factories import IssueFactory
from tests.helpers.clients import send

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


class Row(NamedTuple):
    """The expected status of an operation on an object of the owner, and the data to send."""

    owner: int
    member: int
    blocked: int
    body: dict = {}
    query: str = ""


# Operations on the caller's own objects, the same for every token.
OWN = {
    "list_users": 200, "list_blocked": 200, "list_muted": 200, "show_account": 200, "list_tokens": 200,
    "home_timeline": 200, "public_timeline": 200, "list_exports": 200, "list_conversations": 200,
    "list_notifications": 200, "list_reports": 200, "revoke_this_token": 204, "request_export": 202,
    "list_entries": 200, "list_snippets": 200, "list_entry_drafts": 200, "list_snippet_drafts": 200,
    "list_repositories": 200, "list_likes": 200, "list_bookmarks": 200,
}  # fmt: skip
MATRIX = {
    **{name: Row(status, status, status) for name, status in OWN.items()},
    "change_account": Row(200, 200, 200, {"about_me": "x"}),
    "write_post": Row(201, 201, 201, {"body": "x"}),
    "write_entry": Row(201, 201, 201, {"title": "x", "body": "x"}),
    "write_snippet": Row(201, 201, 201, {"title": "x", "body": "x"}),
    "read_notifications": Row(204, 204, 204, {"upto": 0}),
    "search_posts": Row(200, 200, 200, query="?q=x"),
    "search_people": Row(200, 200, 200, query="?q=x"),
    "search_blog": Row(200, 200, 200, query="?q=x"),
    # The owner's profile.
    "show_user": Row(200, 200, 404),
    "list_followers": Row(200, 200, 404),
    "list_followed": Row(200, 200, 404),
    "list_following": Row(200, 200, 404),
    "list_posts_of_user": Row(200, 200, 404),
    "list_entries_of_user": Row(200, 200, 404),
    "list_snippets_of_user": Row(200, 200, 404),
    "change_user": Row(200, 403, 404, {"about_me": "x"}),
    "follow": Row(400, 204, 404),
    "unfollow": Row(204, 204, 404),
    "hide_reposts": Row(400, 204, 404),
    "show_reposts": Row(400, 204, 404),
    "block": Row(400, 204, 204),
    "unblock": Row(204, 204, 204),
    "mute": Row(400, 204, 204),
    "unmute": Row(204, 204, 204),
    "send_message": Row(400, 201, 404, {"body": "x"}),
    # The owner's post.
    "show_post": Row(200, 200, 404),
    "list_replies": Row(200, 200, 404),
    "list_ancestors": Row(200, 200, 404),
    "list_likers": Row(200, 200, 404),
    "list_reposters": Row(200, 200, 404),
    "like": Row(204, 204, 404),
    "unlike": Row(204, 204, 404),
    "repost": Row(204, 204, 404),
    "undo_repost": Row(204, 204, 404),
    "bookmark": Row(204, 204, 404),
    "unbookmark": Row(204, 204, 404),
    "change_post": Row(200, 403, 404, {"body": "x"}),
    "delete_post": Row(204, 403, 404),
    "report": Row(400, 201, 404, {"about": "post", "about_id": "{post}", "rule": "{rule}"}),
    # The owner's entry and snippet.
    "show_entry": Row(200, 200, 404),
    "change_entry": Row(200, 403, 404, {"title": "x"}),
    "delete_entry": Row(204, 403, 404),
    "show_snippet": Row(200, 200, 404),
    "change_snippet": Row(200, 403, 404, {"title": "x"}),
    "delete_snippet": Row(204, 403, 404),
    # A repository, which has no owner here.
    "show_repository": Row(200, 200, 200),
    "list_issues": Row(200, 200, 200, query="?state=open"),
    "watch": Row(204, 204, 204),
    "unwatch": Row(204, 204, 204),
    # Private objects of the owner.
    "revoke_token": Row(204, 404, 404),
    "show_export": Row(200, 404, 404),
    "cancel_export": Row(204, 404, 404),
    "download_export": Row(409, 404, 404),  # it is not ready yet
    "show_conversation": Row(200, 404, 404),
    "list_messages": Row(200, 404, 404),
    "read_conversation": Row(204, 404, 404, {"upto": "{message}"}),
    "delete_conversation": Row(204, 404, 404, query="?upto={message}"),
    "show_report": Row(200, 404, 404),
    # Public.
    "show_instance": Row(200, 200, 200),
    "list_rules": Row(200, 200, 200),
    "register": Row(400, 400, 400),
    # With a password only.
    "make_token": Row(401, 401, 401),
}
OPEN = {"show_instance", "list_rules", "register"}
# A read-only token may revoke itself.
HARMLESS = {"revoke_this_token"}
# Which object of the fixture is in the path.
THINGS = {"users": "owner", "posts": "post", "tokens": "token", "exports": "export", "conversations": "conversation",
          "reports": "report", "entries": "entry", "snippets": "snippet",
          "repositories": "repository"}  # fmt: skip

OPERATIONS = {
    operation["operationId"]: (method.upper(), path)
    for path, methods in get_schema()["paths"].items()
    for method, operation in methods.items()
}


def test_every_operation_has_a_row():
    assert set(MATRIX) == set(OPERATIONS)


@pytest.fixture
def world():
    """Create an owner's objects and every kind of caller; return ids and the callers' headers."""
    owner, member, blocked, staff, suspended = (
        UserFactory(username=name) for name in ("owner", "member", "blocked", "staff", "suspended")
    )
    for follower in (member, staff):
        follow_user(owner, actor=follower)
    block_user(blocked, actor=owner)
    User.objects.filter(pk=staff.pk).update(is_staff=True, is_superuser=True)
    User.objects.filter(pk=suspended.pk).update(suspended_at=timezone.now())
    message = send_message(owner, sender=staff, body="Hello")
    headers = {"anonymous": {}}
    for caller, person in {
        "member": member, "blocked": blocked, "owner": owner, "staff": staff, "suspended": suspended,
        "reader": owner, "expired": owner, "revoked": owner,
    }.items():  # fmt: skip
        token, secret = make_token(person, name=caller, lifetime=HOUR, is_read_only=caller == "reader")
        headers[caller] = {"Authorization": f"Bearer {secret}"}
        if caller == "expired":
            ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    ApiToken.objects.filter(name="revoked").delete()
    rule = Rule.objects.in_force()[0]
    ids = {
        "owner": owner.pk,
        "post": PostFactory(author=owner).pk,
        "entry": EntryFactory(author=owner).pk,
        "snippet": SnippetFactory(author=owner).pk,
        "repository": IssueFactory().repository_id,
        "token": make_token(owner, name="other", lifetime=HOUR)[0].pk,
        "export": request_export(owner).pk,
        "conversation": message.conversation_id,
        "message": message.pk,
        "rule": rule.pk,
        "report": report(PostFactory(), actor=owner, rule=rule).pk,
    }
    return ids, headers


def status_of(name, ids, headers):
    """Return the status of a caller's request, and roll it back."""
    method, path = OPERATIONS[name]
    row = MATRIX[name]
    path = path.replace("{id}", str(ids.get(THINGS.get(path.split("/")[2]), "")))
    body = {key: ids[value[1:-1]] if str(value).startswith("{") else value for key, value in row.body.items()}
    with transaction.atomic():
        response = send(Client(headers=headers), method, path + row.query.format(**ids), body)
        transaction.set_rollback(True)
    if response.status_code >= 400:
        assert "error" in response.json()
    return response.status_code


def expected_of(name):
    """Return the expected status for each kind of caller."""
    row = MATRIX[name]
    is_harmless = OPERATIONS[name][0] == "GET" or name in HARMLESS
    # Both are participants of the conversation.
    staff = row.owner if name in ("show_conversation", "list_messages", "delete_conversation") else row.member
    return {
        "anonymous": row.owner if name in OPEN else 401,
        "member": row.member,
        "blocked": row.blocked,
        "owner": row.owner,
        "staff": 204 if name == "read_conversation" else staff,
        "suspended": 401,
        "reader": row.owner if is_harmless or name == "make_token" else 403,
        "expired": 401,
        "revoked": 401,
    }


def test_every_kind_of_caller_gets_the_expected_response(world, settings):
    # Callers without a token send more requests than are allowed in one window.
    settings.API_RATE_LIMITS = settings.API_RATE_LIMITS | {"address": "1000/5m"}
    ids, headers = world
    wrong = [
        f"{name} for {caller}: {status}, not {expected}"
        for name in OPERATIONS
        for caller, expected in expected_of(name).items()
        if (status := status_of(name, ids, headers[caller])) != expected
    ]
    assert wrong == []


def test_hidden_content_is_404_for_all_but_its_author(world):
    ids, headers = world
    author, staff = (User.objects.get(username=name) for name in ("owner", "staff"))
    hide_post(author.posts.get(), actor=staff, reason="Rule 4.")
    hide_publication(author.entry_set.get(), actor=staff, reason="Rule 4.")
    hide_publication(author.snippet_set.get(), actor=staff, reason="Rule 4.")
    names = [f"{verb}_{kind}" for verb in ("show", "change", "delete") for kind in ("post", "entry", "snippet")]
    for name in (*names, "report"):
        statuses = {
            caller: status_of(name, ids, headers[caller]) for caller in ("member", "blocked", "staff", "owner")
        }
        assert statuses == {"member": 404, "blocked": 404, "staff": 404, "owner": MATRIX[name].owner}
