"""Rate limits on writes by a user, in which pages and the API count together."""

from datetime import timedelta

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from microblog.core.allauth_internals import get_rates

# Messages of exceeded limits of ACCOUNT_RATE_LIMITS.
TOO_MANY = {
    "publish_post": _("You have written many posts. Please try again in a few minutes."),
    "follow": _("You have followed or unfollowed many people. Please try again in a few minutes."),
    "react": _("You have liked, reposted or bookmarked many posts. Please try again in a few minutes."),
    "edit": _("You have made many changes. Please try again in a few minutes."),
    "write_blog": _("You have written many entries or snippets. Please try again in a few minutes."),
    "edit_blog": _("You have made many changes. Please try again in a few minutes."),
}


def format_longest_period(*actions: str) -> str:
    """Return the longest period of these limits of ACCOUNT_RATE_LIMITS, translated, such as "1 hour"."""
    rates = [rate for action in actions for rate in get_rates(app="allauth.account", action=action)]
    now = timezone.now()
    return timesince(now, now + timedelta(seconds=max((rate.duration for rate in rates), default=0)))


def within_limit(request: HttpRequest, form: forms.BaseForm, action: str, field: str | None = None) -> bool:
    """Count a submission, and return whether it is within the limit; otherwise add an error to the form."""
    if ratelimit.consume(request, action=action, user=request.user):
        return True
    form.add_error(field, TOO_MANY[action])
    return False
