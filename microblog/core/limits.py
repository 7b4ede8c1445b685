"""Limits on what one user writes in a while, in which pages and the API count together."""

from datetime import timedelta

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from microblog.core.allauth_internals import get_rates

# What is said beyond each limit of ACCOUNT_RATE_LIMITS on writing by page.
TOO_MANY = {
    "publish_post": _("You have written many posts. Please try again in some minutes."),
    "follow": _("You have followed or unfollowed many people. Please try again in some minutes."),
    "edit": _("You have made many changes. Please try again in some minutes."),
}


def longest_wait(*actions: str) -> str:
    """Return for how long these limits of ACCOUNT_RATE_LIMITS hold at most, in the reader's words, as in "1 hour"."""
    rates = [rate for action in actions for rate in get_rates(app="allauth.account", action=action)]
    now = timezone.now()
    return timesince(now, now + timedelta(seconds=max((rate.duration for rate in rates), default=0)))


def within_limit(request: HttpRequest, form: forms.BaseForm, action: str, field: str | None = None) -> bool:
    """Count a form that was sent, and return whether it may be saved; else it says why, and keeps what was typed."""
    if ratelimit.consume(request, action=action, user=request.user):
        return True
    form.add_error(field, TOO_MANY[action])
    return False
