"""What holds for every kind of content that can be reported."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.services import deactivate_user, suspend_user
from accounts.tests.factories import UserFactory
from blog.models import Entry, Publication
from blog.services import delete_publication, edit_publication, hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from jobs.models import Queue
from jobs.worker import run_due
from messaging.conversations.services import send_message
from moderation.models import Case, Decision, Report
from moderation.services.cases import CannotDecide
from moderation.services.decisions import appeal, decide, decide_appeal, reverse_decision, sanctions_of
from moderation.services.evidence import EVIDENCE_POSTS
from moderation.services.kinds import EVIDENCE_MAX_LENGTH, KINDS, title_of
from moderation.services.reports import CannotReport, find_reportable, report
from moderation.tests.factories import a_rule, actions, make_case, make_moderator
from posts.services import delete_post, edit_post, hide_post
from posts.tests.factories import PostFactory
from relationships.services import block_user
from tests.helpers.clients import send

pytestmark = pytest.mark.django_db

Action, Kind = Decision.Action, Case.Kind
FACTORIES = {Kind.POST: PostFactory, Kind.ENTRY: EntryFactory, Kind.SNIPPET: SnippetFactory}
BODY = "Buy <my> watches.\n    Now."
CONTENT = pytest.mark.parametrize("kind", FACTORIES)
BLOG = pytest.mark.parametrize("kind", [Kind.ENTRY, Kind.SNIPPET])


@pytest.fixture
def content(kind, bob):
    return FACTORIES[kind](author=bob, body=BODY)


def sanction(case, actor, action=None):
    hiding = KINDS[case.kind].hiding
    return decide(case, action=action or hiding.action, actor=actor, rule=a_rule(), reason="Spam.")


def is_visible(content, viewer):
    return type(content).objects.visible_to(viewer).filter(pk=content.pk).exists()


def edit_and_delete(content):
    if isinstance(content, Publication):
        edit_publication(content, title="Nothing", body="Nothing to see.")
        delete_publication(content)
    else:
        edit_post(content, body="Nothing to see.")
        delete_post(content)


def test_every_kind_has_its_texts_and_its_model(mod):
    assert list(KINDS) == list(Kind)
    for kind, reportable in KINDS.items():
        assert title_of(Case(kind=kind, person_name="bob")) in {
            "Post by bob", "bob", "Message from bob", "Entry by bob", "Snippet by bob"
        }  # fmt: skip
        assert "bob" in str(reportable.report) % {"username": "bob"}
        if reportable.hiding:
            assert Decision.SANCTIONS[reportable.hiding.action] == reportable.hiding.reversal
            assert reportable.hiding.action.value == f"hide_{kind}"
    assert all(Decision(action=action).statement for action in Action if action != Action.DISMISS)


def test_evidence_of_a_reply_has_the_nearest_posts_above_that_are_public(mod, mod_client):
    start = PostFactory(body="Too far up")
    posts = [PostFactory(reply_to=start.pk, body="Post 0")]
    for number in range(1, EVIDENCE_POSTS + 1):
        posts.append(PostFactory(reply_to=posts[-1].pk, body=f"Post {number}"))
    hide_post(posts[2], actor=mod, reason="spam")
    reply, reporter = posts.pop(), UserFactory()
    made = report(reply, actor=reporter, rule=a_rule())
    delete_post(posts[0])
    thread = Report.objects.get(pk=made.pk).evidence["thread"]
    assert thread == [{"username": post.author.username, "text": post.body} for n, post in enumerate(posts) if n != 2]
    assert "Post 0" in mod_client.get(f"/admin/moderation/case/{made.case_id}/change/").content.decode()
    # Names of users that the reporter may not see are for staff alone.
    client = Client()
    client.force_login(reporter)
    assert "Post 0" not in client.get(f"/reports/{made.pk}").content.decode()
    assert "thread" not in report(PostFactory(), actor=reporter, rule=a_rule()).evidence


def test_reply_to_a_user_is_reported_despite_a_block(ana, bob):
    reply = PostFactory(author=bob, reply_to=PostFactory(author=ana).pk)
    block_user(ana, actor=bob)
    assert find_reportable(Kind.POST, reply.pk, reporter=User.objects.get(pk=ana.pk)) == reply


@CONTENT
class TestReport:
    def test_evidence_survives_editing_deletion_and_the_end_of_the_account(self, kind, content, bob):
        title = getattr(content, "title", None)
        made = report(content, actor=UserFactory(), rule=a_rule())
        edit_and_delete(content)
        bob.delete()
        evidence = Report.objects.get(pk=made.pk).evidence
        assert (evidence["text"], evidence.get("title")) == (BODY, title)
        assert evidence["written_at"] and "full_length" not in evidence
        case = Case.objects.get()
        assert (case.kind, case.person, case.person_name) == (kind, None, "bob")

    def test_reports_of_one_text_are_one_case(self, kind, content, ana):
        first, again = (report(content, actor=ana, rule=a_rule()) for _ in range(2))
        other = report(content, actor=UserFactory(), rule=a_rule())
        assert first == again and first.case == other.case
        assert Case.objects.get().report_count == 2
        assert make_case(FACTORIES[kind]()) != first.case

    def test_authors_do_not_report_themselves(self, kind, content, bob):
        with pytest.raises(CannotReport):
            report(content, actor=bob, rule=a_rule())
        assert not Case.objects.exists()

    def test_text_is_reported_by_its_readers_only(self, kind, content, bob, ana, mod):
        assert find_reportable(kind, content.pk, reporter=ana) == content
        assert find_reportable(kind, content.pk + 1, reporter=ana) is None
        block_user(bob, actor=ana)
        assert find_reportable(kind, content.pk, reporter=User.objects.get(pk=ana.pk)) is None
        sanction(make_case(content), mod)
        assert find_reportable(kind, content.pk, reporter=mod) is None

    def test_form_reports_and_shows_the_report(self, kind, content, ana_client, client):
        path = f"/report/{kind}/{content.pk}"
        assert client.get(path)["Location"] == f"/auth/login?next={path}"
        page = ana_client.get(path).content.decode()
        assert re.search(rf"<h1>Report (a|an) {kind} by bob</h1>", page)
        assert (content.title if isinstance(content, Publication) else "Buy &lt;my&gt; watches.") in page
        response = ana_client.post(path, {"rule": a_rule().pk, "comment": "Look."}, follow=True)
        page = response.content.decode()
        assert response.redirect_chain[-1][0] == f"/reports/{Case.objects.get().pk}"
        assert f"<h1>{kind.label} by bob</h1>" in page and "Buy &lt;my&gt; watches." in page
        assert f"{kind.label} by bob</a>" in ana_client.get("/reports").content.decode()

    def test_link_is_for_all_readers_but_the_author(self, kind, content, client, ana_client, bob):
        link = f'href="/report/{kind}/{content.pk}"'
        own = Client()
        own.force_login(bob)
        readers = [ana_client] if kind == Kind.POST else [ana_client, client]
        for reader, is_shown in [*((reader, True) for reader in readers), (own, False)]:
            assert (link in reader.get(content.get_absolute_url()).content.decode()) is is_shown

    def test_api_reports(self, kind, content, as_ana, as_bob):
        data = {"about": kind, "about_id": content.pk, "rule": a_rule().pk}
        made = send(as_ana, "POST", "/api/reports", data)
        assert (made.status_code, made.json()["about"], made.json()["about_id"]) == (201, kind, content.pk)
        assert send(as_bob, "POST", "/api/reports", data).status_code == 400
        assert send(as_ana, "POST", "/api/reports", data | {"about_id": content.pk + 1}).status_code == 404
        assert Report.objects.count() == 1


@CONTENT
class TestDecide:
    def test_hidden_text_is_visible_to_its_author_with_the_rule(self, kind, content, bob, ana, mod, client):
        case = make_case(content, reporter=ana)
        decision = sanction(case, mod)
        viewers = [ana, mod, AnonymousUser(), bob]
        assert [viewer for viewer in viewers if is_visible(content, viewer)] == [bob]
        assert actions() == [f"{kind}.hide"]
        run_due(Queue.MAIL)
        mails = {message.to[0]: message.body for message in mail.outbox}
        assert sorted(mails) == ["ana@example.com", "bob@example.com"]
        statement = f"Your {kind} was hidden. Only you can see it."
        assert statement in mails["bob@example.com"] and a_rule().text in mails["bob@example.com"]
        assert "took action" in mails["ana@example.com"]
        client.force_login(User.objects.get(pk=bob.pk))
        assert f"Hidden from others: {a_rule()}" in client.get(content.get_absolute_url()).content.decode()
        page = client.get(f"/decisions/{decision.pk}").content.decode()
        assert statement in page and "Buy &lt;my&gt; watches." in page and "Do you disagree?" in page

    def test_granted_appeal_restores(self, kind, content, bob, ana, mod):
        written = appeal(sanction(make_case(content), mod), actor=bob, text="They are my own.")
        decide_appeal(written, actor=make_moderator(), is_granted=True, reason="True.")
        assert is_visible(content, ana)
        assert actions() == [f"{kind}.hide", "case.appeal", f"{kind}.restore"]
        run_due(Queue.MAIL)
        assert any(f"Your {kind} is no longer hidden." in message.body for message in mail.outbox)

    def test_rejected_appeal_keeps_it_hidden(self, kind, content, bob, ana, mod):
        written = appeal(sanction(make_case(content), mod), actor=bob, text="They are my own.")
        decide_appeal(written, actor=make_moderator(), is_granted=False, reason="It stays.")
        assert not is_visible(content, ana)

    def test_dismissed_and_warned_text_stays_visible(self, kind, content, ana, mod):
        decide(make_case(content), action=Action.DISMISS, actor=mod)
        sanction(make_case(content), mod, Action.WARN)
        assert is_visible(content, ana)
        assert Case.objects.filter(closed_at=None).count() == 0

    @pytest.mark.parametrize("end", [suspend_user, deactivate_user])
    def test_text_of_a_suspended_or_closed_account_is_invisible(self, kind, content, bob, ana, mod, end):
        case = make_case(content)
        if end is suspend_user:
            sanction(case, mod, Action.SUSPEND)
        else:
            end(bob, actor=mod)
        assert not is_visible(content, ana) and not is_visible(content, AnonymousUser())
        assert find_reportable(kind, content.pk, reporter=ana) is None

    def test_sanctions_of_other_kinds_are_refused(self, kind, content, mod):
        case = make_case(content)
        assert [action for action in Decision.SANCTIONS if action in sanctions_of(case)] == sanctions_of(case)
        for action in set(Decision.SANCTIONS) - set(sanctions_of(case)):
            with pytest.raises(CannotDecide):
                sanction(case, mod, action)
        assert not Decision.objects.exists()

    def test_hidden_and_deleted_text_is_not_hidden_again(self, kind, content, mod):
        sanction(make_case(content), mod)
        again = make_case(content)
        with pytest.raises(CannotDecide, match="already hidden or deleted"):
            sanction(again, mod)
        assert Decision.objects.count() == 1

    def test_reversal_about_a_deleted_text_is_logged(self, kind, content, mod):
        decision = sanction(make_case(content), mod)
        edit_and_delete(type(content).objects.get(pk=content.pk))
        reverse_decision(decision, actor=mod, reason="A mistake.")
        assert actions() == [f"{kind}.hide", f"case.restore_{kind}"]


@CONTENT
class TestAdmin:
    def test_case_shows_the_text_and_its_buttons(self, kind, content, mod_client, mod):
        case = make_case(content)
        page = mod_client.get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
        assert page.count("Buy &lt;my&gt; watches.") >= 2
        assert f"Hide the {kind}" in page
        others = {each.label for each in FACTORIES if each != kind}
        assert not any(f"Hide the {label.lower()}<" in page for label in others)
        assert f"{kind}__exact" not in page
        rows = mod_client.get(f"/admin/moderation/case/?kind__exact={kind}").context["cl"].result_list
        assert [row.pk for row in rows] == [case.pk]
        edit_and_delete(content)
        page = mod_client.get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
        assert "It was deleted." in page and "Buy &lt;my&gt; watches." in page

    def test_rows_are_hidden_and_restored_by_actions_of_their_list(self, kind, content, mod_client, ana):
        name = type(content)._meta.model_name
        path = f"/admin/{type(content)._meta.app_label}/{name}/"
        page = mod_client.post(path, {"action": f"hide_{kind}", "_selected_action": [content.pk]}).content.decode()
        assert "This will affect 1 row." in page and (getattr(content, "title", "") or "Buy &lt;my&gt;") in page
        data = {"ids": str(content.pk), "rule": a_rule().pk, "reason": "Spam.", "length": "7"}
        page = mod_client.post(f"{path}decide/", {"action": f"hide_{kind}", **data}, follow=True).content.decode()
        assert f"Hide the {kind}: done once." in page
        assert not is_visible(content, ana)
        mod_client.post(f"{path}decide/", {"action": f"restore_{kind}", **data})
        assert is_visible(content, ana)
        assert actions() == [f"{kind}.hide", f"{kind}.restore"]
        assert not Decision.objects.in_effect().exists()

    def test_cases_of_several_kinds_are_decided_together(self, kind, content, mod_client, ana, bob):
        make_case(content)
        make_case(bob)
        ids = ",".join(str(pk) for pk in Case.objects.values_list("pk", flat=True))
        data = {"action": f"hide_{kind}", "ids": ids, "rule": a_rule().pk, "reason": "Spam.", "length": "7"}
        page = mod_client.post("/admin/moderation/case/decide/", data, follow=True).content.decode()
        assert "1 was left unchanged: This decision does not fit what the case is about." in page
        assert not is_visible(content, ana)

    def test_own_hidden_text_is_excluded_because_its_row_names_the_moderator(self, kind, client, root):
        viewer = UserFactory(is_staff=True, is_superuser=True)
        own, others = FACTORIES[kind](author=viewer), FACTORIES[kind]()
        for each in (own, others):
            sanction(make_case(each), root)
        client.force_login(viewer)
        path = f"/admin/{type(own)._meta.app_label}/{type(own)._meta.model_name}/"
        assert [row.pk for row in client.get(path).context["cl"].result_list] == [others.pk]
        assert client.get(f"{path}{own.pk}/change/").status_code == 302
        client.post(f"{path}decide/", {"action": f"restore_{kind}", "ids": str(own.pk), "reason": "x", "length": "7"})
        assert type(own).objects.get(pk=own.pk).hidden_at


@BLOG
class TestBlog:
    def test_evidence_has_a_bounded_length(self, kind, bob, mod_client):
        long = FACTORIES[kind](author=bob, body="word " * EVIDENCE_MAX_LENGTH)
        case = make_case(long)
        evidence = case.reports.get().evidence
        assert (len(evidence["text"]), evidence["full_length"]) == (EVIDENCE_MAX_LENGTH, len(long.body))
        page = mod_client.get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
        assert "The first 20000 of 100000 characters." in page.replace(",", "")

    def test_draft_is_not_reported_and_can_still_be_hidden(self, kind, content, ana, mod, mod_client):
        case = make_case(content)
        edit_publication(content, status=Publication.Status.DRAFT)
        assert find_reportable(kind, content.pk, reporter=ana) is None
        page = mod_client.get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
        assert "It is a draft now" in page and "See it on the site" not in page
        sanction(case, mod)
        edit_publication(type(content).objects.get(pk=content.pk), status=Publication.Status.PUBLIC)
        assert not is_visible(content, ana)

    def test_moderators_read_hidden_text_as_readers_would(self, kind, content, mod, mod_client):
        case = make_case(content)
        hide_publication(content, actor=mod, reason="x")
        page = mod_client.get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
        assert str(type(content).objects.get(pk=content.pk).html) in page and "Hidden on" in page


def test_reading_an_entry_as_it_is_rendered_runs_nothing(bob, mod_client):
    entry = EntryFactory(author=bob, title="<script>x()</script>", body="<script>alert(1)</script>\n\n*kind*")
    page = mod_client.get(f"/admin/moderation/case/{make_case(entry).pk}/change/").content.decode()
    assert "<em>kind</em>" in page
    assert "<script>alert" not in page and "<script>x()" not in page


def test_message_is_read_only_as_it_was_reported(ana, bob, mod_client):
    case = make_case(send_message(ana, sender=bob, body="Between us."), reporter=ana)
    page = mod_client.get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
    assert "Messages can be read only as they were reported." in page and "Hide the" not in page


def test_query_count_of_a_case_about_an_entry_is_small(mod_client, django_assert_max_num_queries):
    case = make_case(EntryFactory())
    assert Entry.objects.exists()
    with django_assert_max_num_queries(20):
        mod_client.get(f"/admin/moderation/case/{case.pk}/change/")
