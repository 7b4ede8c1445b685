from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from moderation.admin.cases import CaseAdmin
from moderation.models import Appeal, Case, Decision, Note, Rule
from moderation.services.cases import claim_case
from moderation.services.decisions import appeal, decide
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.models import Post
from posts.services import hide_post
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db

Action = Decision.Action
QUEUE = "/admin/moderation/case/"


@pytest.fixture
def case(post):
    return make_case(post, comment="Look at <this>.")


def page_of(case):
    return f"{QUEUE}{case.pk}/change/"


def press(client, case, action="", **data):
    """Press a button on the page of a case and return the next page."""
    case.refresh_from_db()
    filled = {"seen": case.decision_count, "rule": a_rule().pk, "reason": "Spam.", "length": "7"}
    sent = {"do": "decide", "action": action, **filled, **data}
    return client.post(page_of(case), sent, follow=True).content.decode()


@pytest.mark.parametrize("data", [{"do": "reverse"}, {"do": "appeal", "resolution": "grant"}])
@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30, "9" * 5_000])
def test_impossible_decision_or_appeal_is_not_found(mod_client, case, data, number):
    sent = {**data, "decision": number, "appeal": number, "reason": "Wrong."}
    assert mod_client.post(page_of(case), sent).status_code == 404


class TestQueue:
    def test_waiting_cases_are_ordered_by_age_and_reports(self, mod_client, mod, case):
        other = make_case(PostFactory())
        closed = make_case(PostFactory())
        decide(closed, action=Action.DISMISS, actor=mod)
        make_case(Post.objects.get(pk=other.target_id))
        rows = mod_client.get(QUEUE).context["cl"].result_list
        assert [row.pk for row in rows] == [other.pk, case.pk]

    @pytest.mark.parametrize(
        ("query", "count"),
        [("", 2), ("?state=appealed", 1), ("?state=closed", 1), ("?state=all", 3), ("?claim=mine", 1),
         ("?claim=free", 1), ("?kind__exact=post", 2), ("?q=bob", 2)],
    )  # fmt: skip
    def test_filters(self, mod_client, mod, post, query, count):
        appealed, closed = make_case(post), make_case(PostFactory())
        decision = decide(appealed, action=Action.WARN, actor=mod, rule=a_rule(), reason="x")
        appeal(decision, actor=post.author, text="No.")
        decide(closed, action=Action.DISMISS, actor=mod)
        claim_case(make_case(post), actor=mod)
        assert len(mod_client.get(QUEUE + query).context["cl"].result_list) == count

    def test_later_pages_show_the_next_cases(self, mod_client, monkeypatch):
        monkeypatch.setattr(CaseAdmin, "list_per_page", 2)
        cases = [make_case(PostFactory(body=f"Number {number}")) for number in range(5)]
        pages = [mod_client.get(f"{QUEUE}?p={number}").context["cl"].result_list for number in (1, 2, 3)]
        assert [[row.pk for row in page] for page in pages] == [
            [case.pk for case in cases[start : start + 2]] for start in (0, 2, 4)
        ]
        assert pages[2][0].evidence["text"] == "Number 4"

    def test_long_waiting_cases_are_highlighted(self, mod_client, case):
        for days, level in [(0, "short"), (2, "long"), (4, "too-long")]:
            Case.objects.update(opened_at=timezone.now() - timedelta(days=days))
            assert f"mb-waits--{level}" in mod_client.get(QUEUE).content.decode()

    def test_index_counts_waiting_cases(self, mod_client, case):
        page = mod_client.get("/admin/").content.decode()
        assert "<strong>1</strong> case waiting" in page and "<strong>0</strong> of them with an appeal" in page

    def test_query_count_is_constant(self, mod_client, django_assert_max_num_queries):
        counts = []
        for more in (1, 19):
            for _ in range(more):
                claim_case(make_case(PostFactory()), actor=make_moderator())
            with django_assert_max_num_queries(12) as queries:
                assert mod_client.get(QUEUE).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestCasePage:
    def test_page_shows_evidence_and_current_content(self, mod_client, case, post):
        Post.objects.filter(pk=post.pk).update(body="Nothing to see.")
        page = mod_client.get(page_of(case)).content.decode()
        for text in ("Buy my watches.", "Nothing to see.", "Look at &lt;this&gt;.", str(case.reports.get().reporter)):
            assert text in page

    @pytest.mark.parametrize("action", [Action.DISMISS, Action.WARN, Action.HIDE_POST, Action.SUSPEND])
    def test_each_button_decides_and_returns_to_the_queue(self, mod_client, mod, case, action):
        page = press(mod_client, case, action)
        assert "The people concerned are notified." in page
        decision = Decision.objects.get()
        assert (decision.action, decision.actor, decision.reason) == (action, mod, "Spam.")
        assert not Case.objects.waiting().exists()

    def test_suspension_lasts_as_long_as_chosen(self, mod_client, case, post):
        press(mod_client, case, Action.SUSPEND, length="3")
        assert (User.objects.get(pk=post.author_id).suspended_until - timezone.now()).days in (2, 3)
        other = make_case(UserFactory())
        press(mod_client, other, Action.SUSPEND, length="")
        assert User.objects.get(pk=other.person_id).suspended_until is None

    def test_refused_decision_shows_the_reason_and_keeps_the_input(self, mod_client, case):
        page = press(mod_client, case, Action.HIDE_POST, rule="", reason="My long reason.")
        assert "Choose a rule and write a reason." in page and "My long reason." in page
        assert not Decision.objects.exists()

    def test_second_moderator_sees_the_first_decision(self, mod_client, case):
        decide(case, action=Action.DISMISS, actor=make_moderator(username="first"))
        page = press(mod_client, case, Action.HIDE_POST, seen=0)
        assert "was decided by first in the meantime" in page
        assert Decision.objects.count() == 1

    def test_claimed_case_shows_the_claimant_and_no_buttons_to_others(self, mod_client, case):
        claim_case(case, actor=make_moderator(username="first"))
        page = mod_client.get(page_of(case)).content.decode()
        assert "has claimed this case until" in page and "Hide the post" not in page
        assert "is claimed by first" in press(mod_client, case, Action.DISMISS)
        assert not Decision.objects.exists()

    def test_claim_and_release(self, mod_client, case):
        assert "You have claimed this case until" in press(mod_client, case, do="claim")
        press(mod_client, case, do="release")
        assert Case.objects.get().claimed_by is None

    def test_note_is_in_the_history_and_hidden_from_the_person(self, mod_client, mod, case, post):
        press(mod_client, case, do="note", text="Same as last week.")
        assert Note.objects.get().author == mod
        other = make_case(post.author)
        for page in (page_of(case), page_of(other), f"/admin/accounts/user/{post.author_id}/change/"):
            assert "Same as last week." in mod_client.get(page).content.decode()

    def test_decision_is_reversed(self, mod_client, mod, case):
        press(mod_client, case, Action.HIDE_POST)
        decision = Decision.objects.get()
        press(mod_client, case, do="reverse", decision=decision.pk, reason="A mistake.")
        assert Post.objects.visible_to(mod).exists()

    @pytest.mark.parametrize("answer", ["grant", "refuse"])
    def test_appeal_is_decided_by_another_moderator(self, mod_client, mod, case, post, answer):
        decision = decide(case, action=Action.HIDE_POST, actor=make_moderator(), rule=a_rule(), reason="Spam.")
        written = appeal(decision, actor=post.author, text="They are my own.")
        assert "They are my own." in mod_client.get(page_of(case)).content.decode()
        press(mod_client, case, do="appeal", appeal=written.pk, resolution=answer, reason="Looked again.")
        assert Post.objects.visible_to(mod).exists() is (answer == "grant")
        assert Appeal.objects.get().resolution.actor == mod

    def test_query_count_is_constant_with_a_longer_history(self, mod_client, mod, post, django_assert_max_num_queries):
        counts = []
        for more in (1, 9):
            for _ in range(more):
                old = make_case(PostFactory(author=post.author))
                decide(old, action=Action.WARN, actor=mod, rule=a_rule(), reason="x")
                press(mod_client, old, do="note", text="x")
            case = make_case(post)
            with django_assert_max_num_queries(20) as queries:
                mod_client.get(page_of(case))
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_pages_of_all_kinds_of_cases_are_shown(self, mod_client, case, post):
        person, gone = make_case(post.author), make_case(PostFactory())
        gone.person.delete()
        case.reports.update(evidence={}, reporter=None)
        for each in (case, person, gone):
            assert mod_client.get(page_of(each)).status_code == 200
        for path in (f"{QUEUE}999/change/", f"{QUEUE}x/change/"):
            assert mod_client.get(path).status_code == 404
        assert mod_client.post(page_of(case), {"do": "nonsense"}).status_code == 302


def ask(client, path, action, things, **data):
    """Select an action in a list and return the confirmation page."""
    return client.post(path, {"action": action, "_selected_action": [thing.pk for thing in things], **data})


class TestBulkDecisions:
    @pytest.fixture
    def posts(self):
        return PostFactory.create_batch(3)

    def confirm(self, client, path, decision, things, **data):
        sent = {"action": decision, "ids": ",".join(str(thing.pk) for thing in things), "rule": a_rule().pk,
                "reason": "Spam wave.", "length": "7", **data}  # fmt: skip
        return client.post(f"{path}decide/", sent, follow=True)

    def test_posts_are_hidden_after_confirmation_and_each_is_logged(self, mod_client, mod, posts):
        page = ask(mod_client, "/admin/posts/post/", "hide_post", posts).content.decode()
        assert "This will affect 3 rows." in page and all(post.body in page for post in posts)
        assert Post.objects.visible_to(mod).count() == 3
        page = self.confirm(mod_client, "/admin/posts/post/", "hide_post", posts).content.decode()
        assert "Hide the post: done 3 times." in page
        assert not Post.objects.visible_to(mod).exists()
        assert AuditEntry.objects.filter(action="post.hide", reason="Spam wave.").count() == 3
        again = self.confirm(mod_client, "/admin/posts/post/", "hide_post", posts).content.decode()
        assert "3 were left unchanged: It is already hidden or deleted." in again
        self.confirm(mod_client, "/admin/posts/post/", "restore_post", posts)
        assert Post.objects.visible_to(mod).count() == 3
        assert Decision.objects.in_effect().count() == 0

    def test_all_rows_can_be_selected(self, mod_client, posts):
        page = ask(mod_client, "/admin/posts/post/", "hide_post", posts[:1], select_across="1").content.decode()
        assert "This will affect 3 rows." in page

    def test_too_many_rows_are_refused(self, mod_client, posts, monkeypatch):
        monkeypatch.setattr("moderation.admin.base.MOST", 2)
        response = mod_client.post(
            "/admin/posts/post/", {"action": "hide_post", "_selected_action": [post.pk for post in posts]}, follow=True
        )
        assert "At most 2 rows" in response.content.decode()
        assert self.confirm(mod_client, "/admin/posts/post/", "hide_post", posts).status_code == 403

    def test_incomplete_form_is_shown_again_and_changes_nothing(self, mod_client, mod, posts):
        page = self.confirm(mod_client, "/admin/posts/post/", "hide_post", posts, rule="999").content.decode()
        assert "This will affect 3 rows." in page
        self.confirm(mod_client, "/admin/posts/post/", "hide_post", posts, reason="")
        assert Post.objects.visible_to(mod).count() == 3
        for data in ({"ids": "x"}, {"action": "drop"}):
            assert self.confirm(mod_client, "/admin/posts/post/", "hide_post", posts, **data).status_code == 200
        assert mod_client.get("/admin/posts/post/decide/", follow=True).status_code == 200

    def test_decision_that_the_list_does_not_offer_is_refused(self, mod_client, posts):
        assert self.confirm(mod_client, "/admin/posts/post/", "suspend", posts).status_code == 403

    def test_people_are_suspended_and_the_suspension_lifted(self, mod_client, mod):
        people = [*UserFactory.create_batch(2), UserFactory(username="by_command")]
        suspend_user(people[2], actor="command")
        self.confirm(mod_client, "/admin/accounts/user/", "suspend", people[:2])
        assert User.objects.filter(suspended_at__isnull=False).count() == 3
        self.confirm(mod_client, "/admin/accounts/user/", "lift_suspension", people)
        assert not User.objects.filter(suspended_at__isnull=False).exists()

    def test_post_hidden_by_a_service_is_restored_too(self, mod_client, mod, posts):
        hide_post(posts[0], actor=mod, reason="x")
        self.confirm(mod_client, "/admin/posts/post/", "restore_post", posts[:1])
        assert Post.objects.visible_to(mod).count() == 3

    def test_cases_are_dismissed_but_not_twice(self, mod_client, posts):
        cases = [make_case(post) for post in posts]
        decide(cases[0], action=Action.DISMISS, actor=make_moderator(username="first"))
        assert "This will affect 3 rows." in ask(mod_client, f"{QUEUE}?state=all", "dismiss", cases).content.decode()
        page = self.confirm(mod_client, QUEUE, "dismiss", cases).content.decode()
        assert "done 2 times" in page and "was decided by first in the meantime" in page
        assert not Case.objects.waiting().exists()


class TestRules:
    def test_changes_are_logged_with_former_values(self, mod_client, mod):
        rule = a_rule()
        data = {"text": "Be kinder.", "position": 1, "retired_at_0": "", "retired_at_1": ""}
        mod_client.post(f"/admin/moderation/rule/{rule.pk}/change/", data)
        mod_client.post("/admin/moderation/rule/add/", {**data, "text": "No cats."})
        changed, added = AuditEntry.objects.order_by("pk")
        assert (changed.action, changed.before["text"], changed.after["text"]) == (
            "moderation.rule.change", rule.text, "Be kinder.",
        )  # fmt: skip
        assert (added.action, added.after["text"]) == ("moderation.rule.add", "No cats.")

    def test_rule_in_use_is_retired_not_deleted(self, mod_client, mod):
        assert mod_client.post(f"/admin/moderation/rule/{a_rule().pk}/delete/").status_code == 403
        assert Rule.objects.count() == 5
