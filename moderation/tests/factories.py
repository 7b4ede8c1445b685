"""Factories of moderators, cases and decisions."""

from typing import Any

from accounts.models import User
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from moderation.models import FIRST_RULES, Case, Decision, Rule
from moderation.services.decisions import decide
from moderation.services.reports import report
from posts.models import Post


def make_moderator(**facts: Any) -> User:
    """Create a moderator with all permissions."""
    return UserFactory(is_staff=True, is_superuser=True, **facts)


def a_rule() -> Rule:
    """Return a rule; create one where a test has emptied the tables."""
    return Rule.objects.in_force().first() or Rule.objects.create(text=FIRST_RULES[0])


def make_case(thing: Post | User, *, reporter: User | None = None, comment: str = "") -> Case:
    """Report content and return its case."""
    return report(thing, actor=reporter or UserFactory(), rule=a_rule(), comment=comment).case


def hide(case: Case, actor: User, **facts: Any) -> Decision:
    """Hide the post of a case."""
    return decide(case, action=Decision.Action.HIDE_POST, actor=actor, rule=a_rule(), reason="Spam.", **facts)


def actions() -> list[str]:
    """Return the actions in the audit log, oldest first."""
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
