"""The rules of the site."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from moderation.querysets import (
    RuleQuerySet,
)

# The initial rules, which a migration creates; here for the catalogues.
FIRST_RULES = (
    gettext_noop("Be kind. Disagree with what was said, not with who said it."),
    gettext_noop("No harassment, threats or hate, in public or in private."),
    gettext_noop("Do not publish what others told you in confidence, or where they live."),  # codespell:ignore told
    gettext_noop("No spam, and nobody else's name: be yourself."),  # codespell:ignore nobody
    gettext_noop("Nothing that is against the law where this site is run."),
)


class Rule(models.Model):
    """
    A rule of the site, which reports and decisions refer to.

    Rules are retired instead of deleted, so that old decisions keep theirs.
    """

    # FIRST_RULES are translated, others are shown as written.
    text = models.CharField(_("rule"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(
        _("retired at"),
        null=True,
        blank=True,
        help_text=_("From then on it is no longer on the About page, and cannot be chosen in reports and decisions."),
    )

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return gettext(self.text) if self.text else ""
