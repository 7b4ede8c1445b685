from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from jobs.models import Queue
from jobs.worker import run_due
from moderation.models import FIRST_RULES, Appeal, Case, Decision, Report, Rule
from moderation.services.cases import (
    AlreadyDecided,
    CannotDecide,
    CaseClaimed,
    can_others_decide,
    claim_case,
    delete_old_evidence,
    release_case,
)
from moderation.services.decisions import (
    CannotAppeal,
    NeedsOtherModerator,
    appeal,
    decide,
    decide_about,
    decide_appeal,
    reverse_decision,
)
from moderation.services.reports import CannotReport, report
from moderation.tests.factories import a_rule, actions, hide, make_case, make_moderator
from posts.models import Post
from posts.services import delete_post, edit_post
from posts.tests.factories import PostFactory

Action, State, Outcome = Decision.Action, Case.State, Case.Outcome


@pytest.mark.django_db
class TestReport:
    def test_evidence_is_a_snapshot(self, post):
        made = report(post, actor=UserFactory(), rule=a_rule(), comment="Look.")
        edit_post(post, body="Nothing to see.")
        delete_post(post)
        post.author.delete()
        made.refresh_from_db()
        assert made.evidence["text"] == "Buy my watches."
        assert (made.case.person_name, made.case.kind) == ("bob", "post")

    def test_further_reports_join_the_open_case_and_move_it_up(self, post):
        first, other = make_case(post), make_case(PostFactory())
        assert list(Case.objects.waiting().order_by("ranked_at")) == [first, other]
        again = make_case(other_post := Post.objects.get(pk=other.target_id))
        assert again == other
        assert list(Case.objects.waiting().order_by("ranked_at")) == [other, first]
        assert Case.objects.get(pk=other.pk).report_count == 2
        assert other_post.author == again.person

    def test_user_reports_a_post_once(self, post):
        ana = UserFactory()
        reports = [report(post, actor=ana, rule=a_rule()) for _ in range(2)]
        assert reports[0] == reports[1]
        assert Case.objects.get().report_count == 1

    def test_report_after_the_decision_opens_a_new_case(self, post, mod):
        ana = UserFactory()
        first = make_case(post, reporter=ana)
        decide(first, action=Action.DISMISS, actor=mod)
        assert make_case(post, reporter=ana) != first

    def test_users_cannot_report_themselves(self, post):
        rule = a_rule()
        for thing in (post, post.author):
            with pytest.raises(CannotReport):
                report(thing, actor=post.author, rule=rule)
        assert not Case.objects.exists()

    def test_initial_rules_are_translated(self):
        assert tuple(Rule.objects.in_force().values_list("text", flat=True)) == FIRST_RULES


@pytest.mark.django_db
class TestDecide:
    def test_hidden_post_is_visible_to_its_author_and_both_are_notified(self, post, mod):
        ana = UserFactory(username="ana")
        case = make_case(post, reporter=ana)
        hide(case, mod)
        assert not Post.objects.visible_to(ana).exists()
        assert Post.objects.visible_to(post.author).get().hidden_reason == a_rule().text
        case.refresh_from_db()
        assert (case.state, case.outcome, case.decision_count) == (State.CLOSED, Outcome.ACTED, 1)
        run_due(Queue.MAIL)
        assert sorted(message.to[0] for message in mail.outbox) == ["ana@example.com", "bob@example.com"]
        statement = next(message.body for message in mail.outbox if message.to[0].startswith("bob"))
        assert a_rule().text in statement and "Spam." in statement and "/decisions/" in statement
        assert actions() == ["post.hide"]
        entry = AuditEntry.objects.get()
        assert (entry.reason, entry.after["case"], entry.after["rule"]) == ("Spam.", case.pk, a_rule().text)

    def test_suspension_has_an_end(self, mod):
        bob = UserFactory()
        until = timezone.now() + timedelta(days=7)
        decide(make_case(bob), action=Action.SUSPEND, actor=mod, rule=a_rule(), reason="Threats.", until=until)
        assert User.objects.get(pk=bob.pk).suspended_until == until
        assert actions() == ["account.suspend"]

    def test_dismissed_case_notifies_only_the_reporter(self, post, mod):
        case = make_case(post)
        decide(case, action=Action.DISMISS, actor=mod, reason="It is a joke.")
        run_due(Queue.MAIL)
        assert ["follows the rules" in message.body for message in mail.outbox] == [True]
        assert actions() == ["case.dismiss"]

    def test_several_decisions_about_a_person_are_one_mail(self, mod):
        bob = UserFactory()
        for post in PostFactory.create_batch(12, author=bob):
            decide_about(post, action=Action.HIDE_POST, actor=mod, rule=a_rule(), reason="Spam.")
        run_due(Queue.MAIL)
        (message,) = mail.outbox
        assert "12 decisions" in message.subject and "2 more decisions" in message.body
        assert User.objects.get(pk=bob.pk).post_count == 0

    @pytest.mark.parametrize(
        ("action", "facts"),
        [
            (Action.WARN, {"reason": "x"}),
            (Action.WARN, {"rule": True}),
            (Action.HIDE_POST, {"rule": True, "reason": "x"}),
            (Action.RESTORE_POST, {"rule": True, "reason": "x"}),
        ],
        ids=["no rule", "no reason", "no post", "nothing to restore"],
    )
    def test_inapplicable_decision_is_refused_without_writes(self, mod, action, facts):
        case = make_case(UserFactory())
        if "rule" in facts:
            facts = {**facts, "rule": a_rule()}
        with pytest.raises(CannotDecide):
            decide(case, action=action, actor=mod, **facts)
        assert not Decision.objects.exists() and not AuditEntry.objects.exists()

    def test_deleted_post_cannot_be_hidden_and_the_case_stays_open(self, post, mod):
        case = make_case(post)
        delete_post(post)
        with pytest.raises(CannotDecide):
            hide(case, mod)
        case.refresh_from_db()
        assert case.state == State.OPEN

    def test_case_of_a_deleted_account_can_be_dismissed(self, post, mod):
        case, rule = make_case(post), a_rule()
        post.author.delete()
        with pytest.raises(CannotDecide):
            decide(case, action=Action.WARN, actor=mod, rule=rule, reason="x")
        decide(case, action=Action.DISMISS, actor=mod)
        run_due(Queue.MAIL)
        assert len(mail.outbox) == 1

    def test_moderator_cannot_decide_about_staff_or_themselves(self, mod):
        plain = UserFactory(is_staff=True)
        for person, actor in [(mod, plain), (plain, plain), (mod, mod)]:
            case = make_case(person)
            with pytest.raises(CannotDecide):
                decide(case, action=Action.DISMISS, actor=actor)


@pytest.mark.django_db
class TestReverse:
    @pytest.mark.parametrize("action", [Action.WARN, Action.HIDE_POST, Action.SUSPEND])
    def test_reversal_restores_and_notifies(self, post, mod, action):
        case = make_case(post)
        sanction = decide(case, action=action, actor=mod, rule=a_rule(), reason="Spam.")
        run_due(Queue.MAIL)
        mail.outbox.clear()
        reverse_decision(sanction, actor=mod, reason="A mistake.")
        with pytest.raises(AlreadyDecided):
            reverse_decision(sanction, actor=mod, reason="A mistake.")
        author = User.objects.get(pk=post.author_id)
        assert (author.suspended_at, author.post_count) == (None, 1)
        assert Post.objects.visible_to(mod).exists()
        run_due(Queue.MAIL)
        assert len(mail.outbox) == 2
        case.refresh_from_db()
        assert (case.outcome, case.state) == (Outcome.REVERSED, State.CLOSED)
        assert len(actions()) == 2

    def test_reversal_cannot_be_reversed(self, post, mod):
        reversal = reverse_decision(hide(make_case(post), mod), actor=mod, reason="A mistake.")
        with pytest.raises(CannotDecide):
            reverse_decision(reversal, actor=mod, reason="x")


@pytest.mark.django_db
class TestAppeal:
    @pytest.fixture
    def decision(self, post, mod):
        return hide(make_case(post), mod)

    def test_appeal_waits_for_another_moderator(self, post, mod, decision):
        answer = appeal(decision, actor=post.author, text="They are my own watches.")
        case = Case.objects.waiting().get()
        assert case.state == State.APPEALED
        other = make_moderator(username="other")
        with pytest.raises(NeedsOtherModerator):
            decide_appeal(answer, actor=mod, is_granted=False, reason="No.")
        with pytest.raises(NeedsOtherModerator):
            reverse_decision(decision, actor=mod, reason="Well.")
        decide_appeal(answer, actor=other, is_granted=True, reason="True.")
        assert Post.objects.visible_to(other).exists()
        assert not Case.objects.waiting().exists()
        assert Appeal.objects.get().resolution.actor == other
        assert actions() == ["post.hide", "case.appeal", "post.restore"]

    def test_refused_appeal_keeps_the_decision_and_notifies(self, post, mod, decision):
        run_due(Queue.MAIL)
        mail.outbox.clear()
        answer = appeal(decision, actor=post.author, text="No.")
        decide_appeal(answer, actor=make_moderator(), is_granted=False, reason="It stays.")
        assert not Post.objects.visible_to(mod).exists()
        run_due(Queue.MAIL)
        # The outcome is unchanged: the reporter is not notified.
        assert ["uphold the decision" in message.body for message in mail.outbox] == [True]
        third = make_moderator()
        with pytest.raises(AlreadyDecided):
            decide_appeal(answer, actor=third, is_granted=True, reason="x")
        assert not Post.objects.visible_to(mod).exists()

    def test_only_moderator_decides_the_appeal_and_the_log_notes_it(self, post, mod, decision):
        answer = appeal(decision, actor=post.author, text="No.")
        UserFactory(is_staff=True)
        decide_appeal(answer, actor=mod, is_granted=False, reason="It stays.")
        assert "no other user" in AuditEntry.objects.get(action="case.uphold").after["note"]

    def test_only_other_active_staff_can_decide(self, mod):
        case = make_case(make_moderator())
        assert not can_others_decide(case, mod)
        other = make_moderator()
        assert can_others_decide(case, mod)
        for state in ("suspended_at", "deactivated_at"):
            User.objects.filter(pk=other.pk).update(suspended_at=None, deactivated_at=None)
            User.objects.filter(pk=other.pk).update(**{state: timezone.now()})
            assert not can_others_decide(case, mod), state

    def test_person_appeals_once_in_time(self, post, decision, settings):
        other = UserFactory()
        with pytest.raises(CannotAppeal):
            appeal(decision, actor=other, text="No.")
        Decision.objects.update(created_at=timezone.now() - timedelta(days=settings.EVIDENCE_DAYS))
        with pytest.raises(CannotAppeal):
            appeal(decision, actor=post.author, text="No.")
        Decision.objects.update(created_at=timezone.now())
        appeal(decision, actor=post.author, text="No.")
        with pytest.raises(CannotAppeal):
            appeal(decision, actor=post.author, text="No, no.")

    def test_case_waits_while_another_appeal_waits(self, post, mod, decision):
        warned = decide(decision.case, action=Action.WARN, actor=mod, rule=a_rule(), reason="Again.", seen=1)
        answers = [appeal(each, actor=post.author, text="No.") for each in (decision, warned)]
        other = make_moderator()
        decide_appeal(answers[0], actor=other, is_granted=True, reason="Yes.")
        assert Case.objects.waiting().count() == 1
        decide_appeal(answers[1], actor=other, is_granted=False, reason="No.")
        assert not Case.objects.waiting().exists()


@pytest.mark.django_db
class TestClaim:
    def test_claimed_case_is_exclusive_until_the_claim_expires(self, post, mod):
        case, other = make_case(post), make_moderator()
        claim_case(case, actor=mod)
        claim_case(case, actor=mod)
        with pytest.raises(CaseClaimed, match="is claimed by mod"):
            claim_case(case, actor=other)
        with pytest.raises(CaseClaimed):
            hide(case, other)
        Case.objects.update(claimed_until=timezone.now())
        claim_case(case, actor=other)
        release_case(case, actor=mod)
        assert Case.objects.get().claimed_by == other
        release_case(case, actor=other)
        hide(case, mod)

    def test_decision_ends_the_claim(self, post, mod):
        case = make_case(post)
        claim_case(case, actor=mod)
        hide(case, mod)
        assert Case.objects.get().claimed_by is None


@pytest.mark.django_db
class TestRetention:
    def test_evidence_is_deleted_after_evidence_days(self, mod, settings):
        kept, old, open_case = (make_case(PostFactory(), comment="Look.") for _ in range(3))
        for case in (kept, old):
            decide(case, action=Action.DISMISS, actor=mod)
        days = timedelta(days=settings.EVIDENCE_DAYS, hours=1)
        Case.objects.filter(pk=old.pk).update(closed_at=timezone.now() - days)
        Case.objects.filter(pk=open_case.pk).update(opened_at=timezone.now() - days)
        assert delete_old_evidence() == 1
        assert delete_old_evidence() == 0
        assert Report.objects.get(evidence={}).case == old
        assert Report.objects.get(case=old).comment == ""
