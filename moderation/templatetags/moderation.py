"""Template tags for rules and cases."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.db.models import Count, Min, Q
from django.template import Context
from django.utils import timezone

from moderation.models import Case, Rule
from moderation.services.kinds import title_of

register = template.Library()


register.simple_tag(title_of, name="case_title")


@register.simple_tag
def site_rules() -> Iterable[Rule]:
    """Return the current rules."""
    return Rule.objects.in_force()


@register.simple_tag(takes_context=True)
def waiting_counts(context: Context) -> dict[str, Any]:
    """Count waiting cases, those with an appeal and those claimed by the user, in one query."""
    viewer = context["user"]
    is_mine = Q(claimed_by=viewer.pk, claimed_until__gt=timezone.now())
    return (
        Case.objects.visible_to_staff(viewer)
        .waiting()
        .aggregate(
            cases=Count("pk"),
            appeals=Count("pk", filter=Q(state=Case.State.APPEALED)),
            mine=Count("pk", filter=is_mine),
            oldest=Min("opened_at"),
        )
    )
