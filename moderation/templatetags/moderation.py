"""Tags about rules and decisions."""

from collections.abc import Iterable

from django import template

from moderation.models import Rule

register = template.Library()


@register.simple_tag
def site_rules() -> Iterable[Rule]:
    """Return the rules that hold today."""
    return Rule.objects.in_force()
