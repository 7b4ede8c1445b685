"""Concurrent requests are applied once, and the second one gets an error."""

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.tests.factories import UserFactory
from microblog.core.exceptions import DomainError
from moderation.models import Case, Decision
from moderation.services.cases import claim_case
from moderation.services.decisions import appeal
from moderation.services.reports import report
from moderation.tests.factories import a_rule, actions, hide, make_case, make_moderator
from tests.helpers.concurrency import at_once


@pytest.mark.django_db(transaction=True)
class TestConcurrentRequests:
    def test_second_of_two_decisions_is_refused(self, post, mod):
        case, other = make_case(post), make_moderator(username="other")
        results = at_once(lambda: hide(case, mod), lambda: hide(case, other))
        assert sorted(type(result).__name__ for result in results) == ["AlreadyDecided", "Decision"]
        error = next(result for result in results if isinstance(result, DomainError))
        assert "was decided by" in str(error.message)
        assert (Decision.objects.count(), actions()) == (1, ["post.hide"])
        assert User.objects.get(pk=post.author_id).post_count == 0

    def test_one_of_two_claims_succeeds(self, post, mod):
        case, other = make_case(post), make_moderator()
        results = at_once(lambda: claim_case(case, actor=mod), lambda: claim_case(case, actor=other))
        assert sorted(type(result).__name__ for result in results) == ["CaseClaimed", "NoneType"]

    def test_concurrent_reports_are_one_case(self, post):
        people = UserFactory.create_batch(4)
        rule = a_rule()
        at_once(*(lambda person=person: report(post, actor=person, rule=rule) for person in people))
        assert Case.objects.get().report_count == 4

    def test_concurrent_appeals_are_one(self, post, mod):
        decision = hide(make_case(post), mod)
        results = at_once(*[lambda: appeal(decision, actor=post.author, text="No.")] * 2)
        assert sorted(type(result).__name__ for result in results) == ["Appeal", "CannotAppeal"]


@pytest.mark.django_db
def test_database_refuses_a_second_open_case_about_one_thing(post):
    case = make_case(post)
    with pytest.raises(IntegrityError):
        Case.objects.create(kind=case.kind, target_id=case.target_id)
