import json
from io import StringIO

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from accounts.models import User
from accounts.security.models import SecurityEvent
from accounts.security.services import record_security_event
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from audit.services import record
from blog.tests.factories import EntryFactory, SnippetFactory
from exports.services import request_export
from jobs.models import Job
from messaging.conversations.services import send_message
from messaging.models import Message
from messaging.notifications.services import notify, silence_kinds
from moderation.bulk.services import request_bulk_decision
from moderation.models import Case, Decision
from moderation.services.cases import add_note
from moderation.services.decisions import appeal, decide
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.models import Bookmark, DeletedPost, Like, Post
from posts.reactions.services import like_post
from posts.tests.factories import PostFactory
from relationships.models import Follow
from relationships.services import block_user, follow_user, mute_user
from repositories.tests.factories import IssueFactory, WatchFactory
from tests.helpers import ledger

pytestmark = pytest.mark.django_db

OURS = {
    *("accounts", "api", "audit", "blog", "exports", "jobs", "messaging", "moderation", "operations", "posts"),
    *("relationships", "repositories", "security"),
}
# Bookmarks are private; of a deleted post only its place in a thread is left.
WITHOUT_PAGES = {Bookmark, DeletedPost}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS and model not in WITHOUT_PAGES]
# Models without a date hierarchy: too many rows, or no date.
WITHOUT_DATES = {Post, Like, Follow} | {
    apps.get_model(name)
    for name in (
        *("blog.Tag", "blog.PublicState", "messaging.Conversation", "messaging.Participant"),
        *("messaging.SilencedKind", "moderation.Rule", "moderation.Case"),
    )
}


def member_of(name):
    user = UserFactory(username=name.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    return user


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture
def moderator(client):
    moderator = member_of("Moderators")
    client.force_login(moderator)
    return moderator


class TestModerators:
    def test_moderators_see_only_what_they_need(self, client, moderator):
        open_to_them = {model._meta.label for model in MODELS if client.get(list_of(model)).status_code == 200}
        assert open_to_them == {
            "accounts.User", "audit.AuditEntry", "posts.Post", "blog.Entry", "blog.Snippet", "moderation.Rule",
            "moderation.BulkDecision",
            "moderation.Case", "moderation.Report", "moderation.Decision", "moderation.Appeal", "moderation.Note",
        }  # fmt: skip

    def test_moderators_decide_about_members(self, client, moderator):
        case = make_case(PostFactory())
        data = {"do": "decide", "action": "hide_post", "rule": a_rule().pk, "reason": "Spam.", "seen": 0, "length": ""}
        client.post(f"/admin/moderation/case/{case.pk}/change/", data)
        assert Decision.objects.get().actor == moderator

    def test_moderators_cannot_decide_about_staff(self, client, moderator):
        other = UserFactory(is_staff=True)
        case = make_case(other)
        page = client.get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
        assert "an administrator decides it" in page and "Suspend the person" not in page
        data = {"action": "suspend", "ids": str(other.pk), "rule": a_rule().pk, "reason": "x", "length": ""}
        client.post("/admin/accounts/user/decide/", data)
        assert not Decision.objects.exists()

    def test_moderators_cannot_see_or_search_email_addresses(self, client, moderator):
        bob = UserFactory(username="bob", email="secret@example.org")
        for path in ("/admin/accounts/user/", f"/admin/accounts/user/{bob.pk}/change/"):
            assert "secret@" not in client.get(path).content.decode()
        assert not client.get("/admin/accounts/user/?q=secret").context["cl"].result_list
        for query in ("?email__startswith=s", "?password__startswith=a", "?emailaddress__email=x"):
            assert client.get(f"/admin/accounts/user/{query}").status_code == 400

    def test_moderators_cannot_change_permissions_or_rules(self, client, moderator):
        for path in (f"accounts/user/{moderator.pk}", f"moderation/rule/{a_rule().pk}"):
            response = client.post(f"/admin/{path}/change/", {"is_superuser": "on", "text": "Anything goes."})
            assert response.status_code == 403
        assert not User.objects.get(pk=moderator.pk).is_superuser

    def test_staff_without_the_role_cannot_decide(self, client):
        client.force_login(UserFactory(is_staff=True))
        case = make_case(PostFactory())
        assert client.get("/admin/moderation/case/").status_code == 403
        assert client.post(f"/admin/moderation/case/{case.pk}/change/", {"do": "claim"}).status_code == 403
        assert client.post("/admin/posts/post/decide/", {"action": "hide_post", "ids": "1"}).status_code == 403


class TestAdministrators:
    @pytest.fixture
    def administrator(self, client):
        administrator = member_of("Administrators")
        client.force_login(administrator)
        return administrator

    def test_administrators_decide_about_staff_edit_rules_and_see_email_addresses(self, client, administrator):
        case = make_case(UserFactory(username="other", email="other@example.org", is_staff=True))
        decide(case, action="warn", actor=administrator, rule=a_rule(), reason="x")
        assert "other@example.org" in client.get("/admin/accounts/user/").content.decode()
        client.post("/admin/moderation/rule/add/", {"text": "No cats.", "position": 9})
        assert AuditEntry.objects.filter(action="moderation.rule.add", actor_name="administrators").exists()

    def test_administrators_see_failed_fetches_and_fetch_again(self, client, administrator):
        repository = IssueFactory(repository__outcome="not_found").repository
        page = client.get("/admin/repositories/repository/?outcome__exact=not_found").content.decode()
        assert repository.full_name in page and str(repository.get_outcome_display()) in page
        data = {"action": "fetch_now", "_selected_action": [repository.pk]}
        for _twice in range(2):
            response = client.post("/admin/repositories/repository/", data, follow=True)
            assert "The issues of 1 repository are being fetched." in response.content.decode()
        assert [job.args for job in Job.objects.filter(task__endswith="fetch_issues")] == [[repository.pk]]
        assert client.get(f"/admin/repositories/issue/{repository.issues.get().pk}/change/").status_code == 200
        assert client.get("/admin/repositories/watch/").status_code == 403

    def test_administrators_cannot_become_superusers(self, client, administrator):
        path = f"/admin/accounts/user/{administrator.pk}/change/"
        assert client.post(path, {"is_superuser": "on"}).status_code == 403


def test_unreported_message_is_not_readable(client):
    root, ana, bob = make_moderator(), UserFactory(), UserFactory()
    message = send_message(bob, sender=ana, body="Between us alone.")
    client.force_login(root)
    names = ("message", "participant", "conversation")
    paths = [f"/admin/messaging/{name}/" for name in names] + [f"/admin/messaging/message/{message.pk}/change/"]
    for path in paths:
        assert "Between us" not in client.get(path).content.decode()
    assert client.get("/admin/messaging/message/?body__contains=alone").status_code == 400
    assert Message.objects.exists()


class TestEveryModel:
    @pytest.fixture
    def build(self, client):
        """Create that many rows of every model, each of another user."""
        root = make_moderator(username="root")
        client.force_login(root)

        def build(more):
            for _ in range(more):
                ana, bob = UserFactory(), UserFactory()
                follow_user(bob, actor=ana)
                mute_user(bob, actor=ana)
                send_message(bob, sender=ana, body="x")
                notify(bob, kind="decision")
                like_post(PostFactory(author=ana), actor=ana)
                silence_kinds(bob, ["liked"])
                block_user(ana, actor=bob)
                request_export(ana)
                ledger.note.enqueue()
                record_security_event(ana, SecurityEvent.Kind.SIGN_IN)
                EntryFactory(author=bob, tags=["tag", f"tag-{bob.pk}"])
                SnippetFactory(author=bob)
                WatchFactory(user=ana, repository=IssueFactory().repository)
                case = make_case(PostFactory(author=bob), reporter=ana)
                add_note(case, actor=root, text="x")
                bulk = {"action": "warn", "actor": root, "rule": a_rule(), "reason": "x"}
                request_bulk_decision(User.objects.filter(pk=ana.pk), **bulk)
                appeal(decide(case, action="warn", actor=root, rule=a_rule(), reason="x"), actor=bob, text="x")

        return build

    def test_every_model_has_a_searchable_list_with_filters(self):
        for model in MODELS:
            page = admin.site._registry[model]
            assert page.search_fields, model
            if model not in WITHOUT_DATES:
                assert page.list_filter, model
                assert page.date_hierarchy, model
            assert len(page.list_display) > 1, model

    def test_query_count_of_lists_is_constant(self, client, build, django_assert_max_num_queries):
        counts = {}
        for more in (2, 8):
            build(more)
            for model in MODELS:
                with django_assert_max_num_queries(12) as queries:
                    assert client.get(list_of(model)).status_code == 200, model
                assert client.get(list_of(model) + "?q=1").status_code == 200, model
                counts.setdefault(model, []).append(len(queries))
        assert {model: pair for model, pair in counts.items() if pair[0] != pair[1]} == {}

    def test_every_row_has_a_page(self, client, build):
        build(1)
        empty = set()
        for model in MODELS:
            row = model._default_manager.first()
            if row is None:
                empty.add(model._meta.label)
                continue
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
            assert client.get(reverse(name, args=[row.pk])).status_code == 200, model
        assert empty == {"security.ApiToken", "relationships.Follow", "api.IdempotentRequest", "jobs.Recurrence"}


class TestAuditLog:
    def test_log_is_exported_as_json_lines_and_filtered(self):
        ana = UserFactory(username="ana")
        first = record("account.promote", actor=ana, target=ana, reason="Ünï", before={"is_staff": False})
        record("post.hide", actor="command by root")

        def export(*options):
            output = StringIO()
            call_command("audit_export", *options, stdout=output)
            return [json.loads(line) for line in output.getvalue().splitlines()]

        rows = export()
        assert [row["action"] for row in rows] == ["account.promote", "post.hide"]
        assert (rows[0]["reason"], rows[0]["before"]) == ("Ünï", {"is_staff": False})
        for options, count in [
            (["--action", "post."], 1), (["--actor", "ana"], 1), (["--after", str(first.pk)], 1),
            (["--since", "2020-01-01"], 2), (["--until", "2020-01-01T00:00"], 0),
        ]:  # fmt: skip
            assert len(export(*options)) == count

    def test_commands_are_logged_except_dry_runs(self):
        for options in ({"dry_run": True}, {}):
            call_command("recount", stdout=StringIO(), **options)
        entry = AuditEntry.objects.get()
        assert entry.action == "command.recount" and entry.actor_name.startswith("command by ")

    def test_changed_groups_are_logged_with_former_values(self, client):
        client.force_login(make_moderator(username="root"))
        group = Group.objects.get(name="Moderators")
        client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Helpers", "permissions": []})
        entry = AuditEntry.objects.get(action="auth.group.change")
        assert (entry.before["name"], entry.after["name"]) == ("Moderators", "Helpers")
        assert len(entry.before["permissions"]) == 13 and entry.after["permissions"] == []

    def test_deleted_posts_are_logged_without_their_text(self, client):
        client.force_login(make_moderator())
        post = PostFactory(body="Something private.")
        client.post(f"/admin/posts/post/{post.pk}/delete/", {"post": "yes"})
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.target_id) == ("post.delete", post.pk)
        assert "private" not in str(AuditEntry.objects.values().get())

    def test_deleting_an_account_keeps_the_log(self):
        moderator, case = make_moderator(username="mod"), make_case(PostFactory())
        decide(case, action="warn", actor=moderator, rule=a_rule(), reason="x")
        moderator.delete()
        case.person.delete()
        assert AuditEntry.objects.get().actor_name == "mod"
        assert Case.objects.get().decisions.get().actor_name == "mod"
