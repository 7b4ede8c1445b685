import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from jobs.models import Job, Queue
from jobs.worker import run_due
from messaging.conversations.services import send_message
from messaging.models import Notification
from moderation import notices
from moderation.middleware import ALLOWED_WHILE_SUSPENDED
from moderation.models import Case, Decision, Report
from moderation.services.decisions import appeal, decide, reverse_decision
from moderation.tasks import notify_people
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.services import hide_post
from posts.tests.factories import PostFactory
from relationships.services import block_user
from tests.helpers.routes import urls

pytestmark = pytest.mark.django_db

Action = Decision.Action


def sanction(thing, mod, action=Action.HIDE_POST, **facts):
    return decide(make_case(thing), action=action, actor=mod, rule=a_rule(), reason="Spam, <b>again</b>.", **facts)


def sanction_case(case, mod):
    return decide(case, action=Action.WARN, actor=mod, rule=a_rule(), reason="x")


class TestReporting:
    @pytest.mark.parametrize("path", ["/report/post/{post.pk}", "/report/user/BOB"])
    def test_report_redirects_to_a_page_with_its_case_number(self, ana_client, post, path):
        path = path.format(post=post)
        assert "Which rule was broken?" in ana_client.get(path).content.decode()
        response = ana_client.post(path, {"rule": a_rule().pk, "comment": "Look <here>."}, follow=True)
        case = Case.objects.get()
        page = response.content.decode()
        assert response.redirect_chain[-1][0] == f"/reports/{case.pk}"
        assert f"Case {case.pk}" in page and "This has not been decided yet." in page and "Look &lt;here&gt;." in page

    def test_list_shows_content_and_author(self, ana_client, post):
        ana_client.post(f"/report/post/{post.pk}", {"rule": a_rule().pk, "comment": ""})
        ana_client.post(f"/report/user/{post.author.username}", {"rule": a_rule().pk, "comment": ""})
        page = ana_client.get("/reports").content.decode()
        titles = [title.strip() for title in re.findall(r'class="mb-row__title"[^>]*>([^<]*)</a>', page)]
        assert titles == [post.author.username, f"Post by {post.author.username}"]
        assert post.body in page
        page = ana_client.get(f"/reports/{Case.objects.get(kind=Case.Kind.POST).pk}").content.decode()
        assert re.search(rf"<h1>\s*Post by {post.author.username}\s*</h1>", page)

    def test_rule_must_be_chosen_and_in_force(self, ana_client, post):
        rule = a_rule()
        rule.retired_at = timezone.now()
        rule.save()
        for data in ({}, {"rule": rule.pk}, {"rule": "x"}):
            assert ana_client.post(f"/report/post/{post.pk}", data).status_code == 200
        assert not Report.objects.exists()

    def test_comment_length_counts_characters(self, ana_client, post):
        comment = "\r\n".join(["\U0001f469\u200d\U0001f467" * 9] * 100)
        assert ana_client.post(f"/report/post/{post.pk}", {"rule": a_rule().pk, "comment": comment}).status_code == 302
        assert Report.objects.get().comment == comment.replace("\r\n", "\n")

    @pytest.mark.parametrize(
        ("comment", "says"), [("x" * 1001, "Please shorten it"), ("Z" + "\u0316" * 9, "carry too many accents")]
    )
    def test_comment_has_limits(self, ana_client, post, comment, says):
        page = ana_client.post(f"/report/post/{post.pk}", {"rule": a_rule().pk, "comment": comment})
        assert says in page.content.decode()

    def test_invisible_content_cannot_be_reported(self, ana_client, post, mod):
        hide_post(post, actor=mod, reason="x")
        suspend_user(post.author, actor=mod)
        for path in (f"/report/post/{post.pk}", "/report/user/bob", "/report/post/999", "/report/user/missing"):
            assert ana_client.get(path).status_code == 404
            assert ana_client.post(path, {"rule": a_rule().pk}).status_code == 404

    def test_reporting_yourself_shows_an_error(self, ana_client):
        page = ana_client.post("/report/user/ana", {"rule": a_rule().pk})
        assert "You cannot report yourself." in page.content.decode()

    def test_reports_are_rate_limited(self, ana_client, post, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "report": "1/h/user"}
        ana_client.post("/report/user/bob", {"rule": a_rule().pk})
        page = ana_client.post(f"/report/post/{post.pk}", {"rule": a_rule().pk})
        assert (
            "You have reported a lot in a short time. Wait up to 1\xa0hour, then try again." in page.content.decode()
        )
        assert Case.objects.count() == 1

    def test_link_is_on_posts_and_profiles_of_others(self, ana_client, ana, post):
        own = PostFactory(author=ana)
        explore, profile, mine = (
            ana_client.get(path).content.decode() for path in ("/explore", "/user/bob", "/user/ana")
        )
        assert f"/report/post/{post.pk}" in explore and f"/report/post/{own.pk}" not in explore
        assert "/report/user/bob" in profile and "/report/user/" not in mine


class TestReportingMessages:
    @pytest.fixture
    def message(self, ana, post):
        return send_message(ana, sender=post.author, body="Buy my watches, or else.")

    def test_report_of_a_message_keeps_only_its_text(self, ana_client, post, ana, message):
        send_message(post.author, sender=ana, body="Leave me alone.")
        path = f"/report/message/{message.pk}"
        assert path in ana_client.get("/messages/bob").content.decode()
        assert "or else" in ana_client.get(path).content.decode()
        ana_client.post(path, {"rule": a_rule().pk})
        message.delete()
        case = Case.objects.get()
        assert (case.kind, case.person, case.reports.get().evidence["text"]) == (
            "message", post.author, "Buy my watches, or else.",
        )  # fmt: skip

    def test_only_the_recipient_can_report_a_message(self, client, post, ana, message):
        for person, status in [(ana, 200), (post.author, 404), (make_moderator(), 404)]:
            client.force_login(person)
            assert client.get(f"/report/message/{message.pk}").status_code == status
        client.force_login(ana)
        client.post("/messages/bob/delete", {"upto": message.pk})
        assert client.get(f"/report/message/{message.pk}").status_code == 404

    def test_message_of_a_blocked_sender_can_be_reported(self, ana_client, post, ana, message):
        block_user(post.author, actor=ana)
        assert ana_client.get(f"/report/message/{message.pk}").status_code == 200


class TestNotifications:
    def test_person_and_reporter_are_notified_with_links(self, client, post, mod, ana):
        case = make_case(post, reporter=ana)
        sanction_case(case, mod)
        run_due(Queue.MAIL)
        for person, path in [(post.author, f"/decisions/{case.decisions.get().pk}"), (ana, f"/reports/{case.pk}")]:
            client.force_login(User.objects.get(pk=person.pk))
            notification = person.notifications.get()
            assert person.__class__.objects.get(pk=person.pk).unread_notification_count == 1
            assert client.get(f"/notifications/{notification.pk}")["Location"] == path
            assert client.get(path).status_code == 200

    def test_several_decisions_are_one_notification(self, client, mod, ana):
        for _ in range(3):
            sanction(PostFactory(author=ana), mod)
        run_due(Queue.MAIL)
        client.force_login(ana)
        notification = ana.notifications.get(kind="decision")
        assert client.get(f"/notifications/{notification.pk}")["Location"] == "/decisions"

    def test_notifications_are_not_repeated(self, post, mod, ana):
        sanction_case(make_case(post, reporter=ana), mod)
        for _ in range(2):
            notify_people([post.author_id])
        run_due(Queue.MAIL)
        assert sorted(message.to[0] for message in mail.outbox) == ["ana@example.com", "bob@example.com"]

    def test_reporters_of_many_cases_are_notified_in_slices_each_once(self, mod, ana, monkeypatch):
        monkeypatch.setattr(notices, "REPORTERS_PER_RUN", 2)
        people, posts = [ana, *UserFactory.create_batch(3)], PostFactory.create_batch(3)
        for post in posts:
            for person in people[: 2 + (post is posts[0])]:
                case = make_case(post, reporter=person)
            sanction_case(case, mod)
        make_case(PostFactory(), reporter=people[3])
        run_due(Queue.MAIL)
        outcomes = Notification.objects.filter(kind="report_outcome")
        assert [outcomes.filter(user=person).count() for person in people] == [3, 3, 1, 0]
        assert [sum(message.to == [person.email] for message in mail.outbox) for person in people] == [3, 3, 1, 0]

    def test_query_count_of_notifying_is_constant(self, mod, django_assert_max_num_queries):
        counts = []
        for size in (2, 20):
            for post in PostFactory.create_batch(size):
                sanction_case(make_case(post), mod)
            for kind in ("notify_reporters", "notify_people"):
                with django_assert_max_num_queries(25) as queries:
                    run_due(Queue.MAIL, seconds=-1)
                assert not Job.objects.filter(task__endswith=kind).exists()
                counts.append(len(queries))
            run_due(Queue.MAIL)
        assert counts[:2] == counts[2:]


class TestOwnReports:
    def test_report_is_visible_only_to_its_reporter(self, client, post, ana):
        case = make_case(post, reporter=ana)
        for person, status in [(ana, 200), (post.author, 404), (UserFactory(), 404)]:
            client.force_login(person)
            assert client.get(f"/reports/{case.pk}").status_code == status

    @pytest.mark.parametrize(
        ("act", "text"),
        [
            (lambda case, mod: decide(case, action=Action.DISMISS, actor=mod), "follows the rules"),
            (sanction_case, "it broke the rules"),
            (
                lambda case, mod: reverse_decision(sanction_case(case, mod), actor=mod, reason="x"),
                "reversed the decision",
            ),
            (
                lambda case, mod: appeal(sanction_case(case, mod), actor=case.person, text="No."),
                "is reviewing the decision",
            ),
        ],
        ids=["dismissed", "acted", "reversed", "appealed"],
    )
    def test_report_shows_its_outcome(self, ana_client, ana, post, mod, act, text):
        case = make_case(post, reporter=ana)
        act(case, mod)
        assert text in ana_client.get(f"/reports/{case.pk}").content.decode()

    def test_query_count_of_lists_is_constant(self, ana_client, ana, mod, django_assert_max_num_queries):
        for path, build in [
            ("/reports", lambda: make_case(PostFactory(), reporter=ana)),
            ("/decisions", lambda: sanction(PostFactory(author=ana), mod)),
        ]:
            counts = []
            for more in (1, 19):
                for _ in range(more):
                    build()
                with django_assert_max_num_queries(6) as queries:
                    assert ana_client.get(path).status_code == 200
                counts.append(len(queries))
            assert counts[0] == counts[1]


class TestDecisions:
    def test_statement_shows_rule_reason_and_evidence(self, client, post, mod):
        decision = sanction(post, mod)
        client.force_login(post.author)
        page = client.get(f"/decisions/{decision.pk}").content.decode()
        for text in ("Your post was hidden", "Be kind.", "Spam, &lt;b&gt;again&lt;/b&gt;.", "Buy my watches."):
            assert text in page
        assert str(decision.case.reports.get().reporter) not in page

    def test_decision_is_visible_only_to_the_person(self, client, post, mod, ana):
        decision = sanction(post, mod)
        for person in (ana, mod):
            client.force_login(person)
            assert client.get(f"/decisions/{decision.pk}").status_code == 404

    def test_dismissed_case_is_not_listed(self, client, post, mod):
        decision = decide(make_case(post), action=Action.DISMISS, actor=mod, reason="Nothing.")
        client.force_login(post.author)
        assert client.get(f"/decisions/{decision.pk}").status_code == 404
        assert "No decisions yet." in client.get("/decisions").content.decode()

    def test_decision_is_appealed_once(self, client, post, mod):
        decision = sanction(post, mod)
        client.force_login(post.author)
        path = f"/decisions/{decision.pk}"
        assert "Do you disagree?" in client.get(path).content.decode()
        assert "required" in client.post(path, {"text": " "}).content.decode()
        page = client.post(path, {"text": "They are <my> own."}, follow=True).content.decode()
        assert "They are &lt;my&gt; own." in page and "Do you disagree?" not in page
        client.post(path, {"text": "Again."})
        assert decision.case.decisions.get().appeal.text == "They are <my> own."

    def test_author_sees_the_rule_next_to_the_hidden_post(self, client, post, mod):
        sanction(post, mod)
        client.force_login(post.author)
        assert "Hidden from others: Be kind." in client.get(f"/post/{post.pk}").content.decode()


class TestSuspended:
    @pytest.fixture
    def suspended(self, post, mod):
        sanction(post, mod, Action.SUSPEND, until=timezone.now() + timedelta(days=7))
        return User.objects.get(pk=post.author_id)

    def test_suspended_person_signs_in_reads_the_reason_and_appeals(self, client, mod):
        person = UserFactory(username="carl", password="measures twice")
        decision = sanction(person, mod, Action.SUSPEND)
        response = client.post("/auth/login", {"login": "carl", "password": "measures twice"}, follow=True)
        page = response.content.decode()
        assert response.redirect_chain[-1][0] == "/suspended"
        assert "Your account is suspended" in page and "It has no end" in page
        client.post(f"/decisions/{decision.pk}", {"text": "It was not me."})
        assert "Read your appeal" in client.get("/suspended").content.decode()

    def test_every_other_page_redirects_there(self, client, suspended):
        for name, url in urls().items():
            client.force_login(suspended)
            for response in (client.get(url), client.post(url, {"body": "Still here."})):
                if name in ALLOWED_WHILE_SUSPENDED:
                    assert response.get("Location") != "/suspended", name
                else:
                    assert response["Location"] == "/suspended", name
                client.force_login(suspended)
        assert suspended.posts.count() == 1

    def test_admin_is_closed_to_suspended_staff(self, client, mod):
        other = make_moderator()
        sanction(other, mod, Action.SUSPEND)
        client.force_login(User.objects.get(pk=other.pk))
        for path in ("/admin/", reverse("admin:accounts_user_changelist")):
            assert client.get(path)["Location"] == "/suspended"

    def test_htmx_request_redirects_the_whole_page(self, client, suspended):
        client.force_login(suspended)
        response = client.post("/follow/mod", headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == "/suspended"

    def test_lifted_suspension_restores_access(self, client, suspended, mod):
        reverse_decision(Decision.objects.get(action=Action.SUSPEND), actor=mod, reason="A mistake.")
        client.force_login(suspended)
        assert client.get("/suspended")["Location"] == "/"
        assert client.get("/explore").status_code == 200

    def test_page_describes_a_suspension_without_decision(self, client, ana):
        suspend_user(ana, actor="command")
        client.force_login(ana)
        assert "you cannot take part" in client.get("/suspended").content.decode()


def test_rules_are_on_the_about_page(client):
    page = client.get("/about").content.decode()
    assert a_rule().text.replace("'", "&#x27;") in page
