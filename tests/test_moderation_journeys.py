"""A report from its submission to the end of the appeal, in a browser, with axe checks of the pages."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from accounts.models import User
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from blog.tests.factories import EntryFactory, SnippetFactory
from jobs.models import Queue
from jobs.worker import run_due, run_due_everywhere
from messaging.conversations.services import send_message
from moderation.models import Case, Decision
from moderation.services.cases import add_note, claim_case
from moderation.services.decisions import appeal, decide, decide_about
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.tests.factories import PostFactory
from relationships.services import block_user
from tests.helpers.browser import assert_no_findings, assert_nothing_sticks_out
from tests.helpers.clients import PASSWORD
from tests.helpers.users import make_confirmed_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_CLICKS = 12


class Clicks:
    """Count a moderator's clicks."""

    def __init__(self):
        self.count = 0

    def __call__(self, locator):
        self.count += 1
        locator.click()


def report_the_first_post(reader):
    rule = a_rule()
    reader.goto("/explore")
    reader.locator("article").get_by_role("link", name="Report").click()
    reader.get_by_label(rule.text).check()
    reader.get_by_label("Is there anything else the moderators should know?").fill("Each day.")
    reader.get_by_role("button", name="Report").click()
    expect(reader.get_by_text("This has not been decided yet.")).to_be_visible()


def appeal_decision(author):
    author.goto("/notifications")
    author.get_by_text("The moderators have made a decision about you.").click()
    expect(author.get_by_text("Advertising.")).to_be_visible()
    author.get_by_label("Your appeal").fill("They are my own.")
    author.get_by_role("button", name="Send appeal").click()
    expect(author.get_by_text("Your appeal was sent.")).to_be_visible()


def test_report_is_decided_appealed_and_reversed_in_few_clicks(visit):
    ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
    mod, other = make_moderator(username="mod"), make_moderator(username="other")
    post = PostFactory(author=bob, body="Buy my watches.")
    reader = visit(ana, java_script_enabled=False)
    report_the_first_post(reader)

    click, page = Clicks(), visit(mod)
    page.goto("/admin/")
    click(page.get_by_role("link", name="1 case waiting"))
    number = str(Case.objects.get().pk)
    click(page.get_by_role("link", name=number, exact=True))
    expect(page.get_by_text("Buy my watches.").first).to_be_visible()
    click(page.get_by_role("button", name="Claim"))
    expect(page.get_by_role("button", name="Claim")).to_have_count(0)
    page.get_by_label("Reason:").fill("Advertising.")
    click(page.get_by_role("button", name="Hide the post"))
    expect(page.get_by_text("The people concerned are notified.")).to_be_visible()
    run_due(Queue.MAIL)
    assert sorted(message.to[0] for message in mail.outbox) == ["ana@example.com", "bob@example.com"]
    reader.goto("/explore")
    expect(reader.get_by_text("Buy my watches.")).to_have_count(0)
    reader.goto(f"/reports/{number}")
    expect(reader.get_by_text("We reviewed it and took action")).to_be_visible()

    author = visit(bob, java_script_enabled=False)
    appeal_decision(author)

    page = visit(other)
    page.goto("/admin/")
    click(page.get_by_role("link", name="1 of them with an appeal"))
    click(page.get_by_role("link", name=number, exact=True))
    page.get_by_label("Reason:").first.fill("True, and so allowed.")
    click(page.get_by_role("button", name="Grant the appeal"))
    expect(page.get_by_text("The people concerned are notified.")).to_be_visible()
    run_due(Queue.MAIL)
    reader.goto(f"/post/{post.pk}")
    expect(reader.get_by_text("Buy my watches.")).to_be_visible()
    author.reload()
    expect(author.get_by_text("This decision was reversed")).to_be_visible()

    click(page.locator("#audit-auditentry").get_by_role("link", name="Entries"))
    log = page.locator("#result_list")
    actions = ["case.claim", "post.hide", "case.appeal", "post.restore"]
    for action in actions:
        expect(log.get_by_text(action, exact=True)).to_be_visible()
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == actions
    assert click.count < MOST_CLICKS, click.count


def test_visitor_signs_in_to_report_an_entry_which_is_hidden_and_restored(visit):
    bob, rule = UserFactory(username="bob"), a_rule()
    make_confirmed_user("ana")
    entry = EntryFactory(author=bob, title="Watches", body="## For sale\n\nBuy my *watches*.")
    reader = visit()
    reader.goto("/blog/")
    reader.get_by_role("link", name="Watches").click()
    reader.get_by_role("main").get_by_role("link", name="Report").click()
    reader.get_by_label("Username or email").fill("ana")
    reader.get_by_label("Password", exact=True).fill(PASSWORD)
    reader.get_by_role("button", name="Sign In").first.click()
    expect(reader.get_by_role("heading", name="Report an entry by bob")).to_be_visible()
    reader.get_by_label(rule.text).check()
    reader.get_by_role("button", name="Report").click()
    expect(reader.get_by_role("heading", name="Entry by bob")).to_be_visible()

    page = visit(make_moderator(username="mod"))
    page.goto("/admin/")
    page.get_by_role("link", name="1 case waiting").click()
    page.get_by_role("link", name=str(Case.objects.get().pk), exact=True).click()
    page.get_by_text("As readers see it").click()
    expect(page.locator("em", has_text="watches")).to_be_visible()
    page.get_by_label("Reason:").fill("Advertising.")
    page.get_by_role("button", name="Hide the entry").click()
    expect(page.get_by_text("The people concerned are notified.")).to_be_visible()
    run_due(Queue.MAIL)
    for visitor in (visit(), reader):
        visitor.goto("/blog/")
        expect(visitor.get_by_role("link", name="Watches")).to_have_count(0)
        assert visitor.request.get(entry.get_absolute_url()).status == 404

    author = visit(bob)
    author.goto(entry.get_absolute_url())
    expect(author.get_by_text(f"Hidden from others: {rule}")).to_be_visible()
    appeal_decision(author)
    other = visit(make_moderator(username="other"))
    other.goto(f"/admin/moderation/case/{Case.objects.get().pk}/change/")
    other.get_by_label("Reason:").first.fill("True, and so allowed.")
    other.get_by_role("button", name="Grant the appeal").click()
    expect(other.get_by_text("The people concerned are notified.")).to_be_visible()
    reader.goto(entry.get_absolute_url())
    expect(reader.get_by_text("Buy my watches.")).to_be_visible()


def test_user_who_mentions_messages_and_then_blocks_can_be_reported_muted_and_blocked(visit):
    ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
    PostFactory(author=bob, body="Beware of @ana")
    send_message(ana, sender=bob, body="I know where you live.")
    run_due_everywhere()
    block_user(ana, actor=bob)
    rule = a_rule()
    page = visit(ana, bypass_csp=True)

    page.goto("/notifications")
    page.get_by_role("link", name="bob mentioned you").click()
    expect(page.get_by_text("You can read this post because it mentions you.")).to_be_visible()
    assert_no_findings(page, "post")
    assert_nothing_sticks_out(page, "post")
    page.get_by_role("link", name="Report a post by bob").click()
    page.get_by_label(rule.text).check()
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_text("This has not been decided yet.")).to_be_visible()

    page.goto("/messages")
    assert_no_findings(page, "conversations")
    page.get_by_role("link", name="bob").click()
    expect(page.get_by_text("bob has blocked you, so you cannot write to them.")).to_be_visible()
    assert_no_findings(page, "thread")
    assert_nothing_sticks_out(page, "thread")
    page.get_by_role("link", name="Report this message").click()
    page.get_by_label(rule.text).check()
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_text("This has not been decided yet.")).to_be_visible()
    assert [case.kind for case in Case.objects.filter(person=bob).order_by("pk")] == ["post", "message"]

    page.goto("/messages/bob")
    page.get_by_role("button", name="Mute bob", exact=True).click()
    expect(page.get_by_role("button", name="Unmute bob")).to_be_visible()
    page.goto("/settings/muted")
    expect(page.get_by_role("button", name="Unmute bob")).to_be_visible()
    page.goto("/messages/bob")
    page.get_by_role("link", name="Block bob").click()
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_role("button", name="Unblock bob")).to_be_visible()
    page.goto("/messages")
    expect(page.get_by_text("No messages yet")).to_be_visible()


@pytest.fixture
def world(db):
    """Create cases in every state, with long names and texts; return (person, path) of each page to check."""
    ana, bob, carl = UserFactory(username="ana"), UserFactory(username="W" * 64), UserFactory(username="carl")
    mod, other = make_moderator(username="mod"), make_moderator(username="other")
    post = PostFactory(author=bob, body="x" * 140)
    message = send_message(ana, sender=bob, body="x" * 140)
    case = make_case(post, reporter=ana, comment="x" * 300)
    add_note(case, actor=other, text="x" * 200)
    appealed = make_case(PostFactory(author=bob), reporter=ana)
    decision = decide(appealed, action="hide_post", actor=other, rule=a_rule(), reason="x" * 200)
    appeal(decision, actor=bob, text="x" * 200)
    warning = decide_about(bob, action="warn", actor=mod, rule=a_rule(), reason="Be kind.")
    claimed = make_case(carl)
    claim_case(claimed, actor=other)
    entry = EntryFactory(author=bob, title="W" * 100, body=f"# {'x' * 140}\n\n" + "Some *words*. " * 500)
    snippet = SnippetFactory(author=bob, title="نص عربي طويل جدا", body="    x = '" + "y" * 300 + "'\n" * 40)
    of_entry, of_snippet = make_case(entry, reporter=ana), make_case(snippet, reporter=ana)
    hidden = decide(of_snippet, action="hide_snippet", actor=mod, rule=a_rule(), reason="x" * 200)
    dora = UserFactory(username="dora")
    decide_about(dora, action="suspend", actor=mod, rule=a_rule(), reason="Threats.")
    dora.refresh_from_db()
    members = [
        *(
            (ana, path)
            for path in (f"/report/post/{post.pk}", f"/report/user/{bob.username}", "/reports", "/decisions")
        ),
        *((ana, path) for path in (f"/report/message/{message.pk}", f"/reports/{appealed.pk}")),
        *(
            (ana, path)
            for path in (f"/report/entry/{entry.pk}", f"/reports/{of_entry.pk}", f"/reports/{of_snippet.pk}")
        ),
        *((bob, path) for path in ("/decisions", f"/decisions/{decision.pk}", f"/decisions/{warning.pk}")),
        *((bob, path) for path in (f"/decisions/{hidden.pk}", snippet.get_absolute_url())),
        (dora, "/suspended"),
    ]
    team = [
        (mod, f"/admin/moderation/case/{each.pk}/change/") for each in (case, appealed, claimed, of_entry, of_snippet)
    ]
    return members, [*team, (mod, "/admin/")]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_of_reports_and_decisions_have_no_findings(visit, world, language):
    members, team = world
    User.objects.update(language=language)
    assert Decision.objects.count() == 4
    windows = {}
    for scheme in ("light", "dark") if language == "en" else ("light",):
        for person, path in [*members, *team]:
            if (scheme, person) not in windows:
                windows[scheme, person] = visit(person, color_scheme=scheme, bypass_csp=True)
            page = windows[scheme, person]
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(path)
            page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")
            assert_no_findings(page, path)
            if (person, path) in members:
                assert_nothing_sticks_out(page, path)


def test_admin_signs_out_by_the_page_of_the_site(visit):
    staff = visit(make_moderator(username="mod"))
    staff.goto("/admin/")
    staff.get_by_role("button", name="Log out").click()
    expect(staff).to_have_url(re.compile(r"/auth/login\?next=/$"))
    staff.goto("/admin/")
    expect(staff).to_have_url(re.compile(r"/auth/login\?next=(/|%2F)admin"))
