"""What staff decide about a case, and how the user appeals."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from microblog.core.performance.urls import cached_reverse
from moderation.models.cases import Case
from moderation.models.fields import name_field, person_field
from moderation.models.rules import Rule
from moderation.querysets import (
    AppealQuerySet,
    DecisionQuerySet,
)


class Decision(models.Model):
    """
    A decision of the team about a case, with rule and reason, as shown to the person.

    A reversed decision has a `reversal`, which is a decision too.
    """

    class Action(models.TextChoices):
        DISMISS = "dismiss", pgettext_lazy("report", "Dismiss")
        WARN = "warn", _("Warn")
        HIDE_POST = "hide_post", _("Hide the post")
        HIDE_ENTRY = "hide_entry", _("Hide the entry")
        HIDE_SNIPPET = "hide_snippet", _("Hide the snippet")
        SUSPEND = "suspend", _("Suspend the person")
        WITHDRAW_WARNING = "withdraw_warning", _("Withdraw the warning")
        RESTORE_POST = "restore_post", _("Restore the post")
        RESTORE_ENTRY = "restore_entry", _("Restore the entry")
        RESTORE_SNIPPET = "restore_snippet", _("Restore the snippet")
        LIFT_SUSPENSION = "lift_suspension", _("Lift the suspension")
        UPHOLD = "uphold", _("Reject the appeal")

    # Shown to the person.
    STATEMENTS = {
        Action.WARN: _("You have been warned. There are no other consequences, unless it happens again."),
        Action.HIDE_POST: _("Your post was hidden. Only you can see it."),
        Action.HIDE_ENTRY: _("Your entry was hidden. Only you can see it."),
        Action.HIDE_SNIPPET: _("Your snippet was hidden. Only you can see it."),
        Action.SUSPEND: _("Your account is suspended. Your profile and posts are hidden, and you cannot take part."),
        Action.WITHDRAW_WARNING: _("The warning was withdrawn and no longer counts."),
        Action.RESTORE_POST: _("Your post is no longer hidden. Everybody can see it again."),
        Action.RESTORE_ENTRY: _("Your entry is no longer hidden. Everybody can see it again."),
        Action.RESTORE_SNIPPET: _("Your snippet is no longer hidden. Everybody can see it again."),
        Action.LIFT_SUSPENSION: _("Your account is no longer suspended. You can take part again."),
        Action.UPHOLD: _("We have reviewed your appeal and uphold the decision."),
    }

    # Sanction -> the action that reverses it.
    SANCTIONS = {
        Action.WARN: Action.WITHDRAW_WARNING,
        Action.HIDE_POST: Action.RESTORE_POST,
        Action.HIDE_ENTRY: Action.RESTORE_ENTRY,
        Action.HIDE_SNIPPET: Action.RESTORE_SNIPPET,
        Action.SUSPEND: Action.LIFT_SUSPENSION,
    }

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="decisions")
    person = person_field(_("person"), related_name="decisions", db_index=False)
    action = models.CharField(_("decision"), max_length=16, choices=Action)
    rule = models.ForeignKey(
        Rule, verbose_name=_("rule"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    # The end of a suspension; null if it is permanent.
    until = models.DateTimeField(_("until"), null=True, blank=True)
    actor = person_field(_("decided by"), related_name="+")
    actor_name = name_field(_("decided by"))
    created_at = models.DateTimeField(_("decided at"), default=timezone.now)
    reverses = models.OneToOneField(
        "self",
        verbose_name=_("reverses"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reversal",
    )
    # When the person was notified.
    notified_at = models.DateTimeField(_("notified at"), null=True, editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            # Serves DecisionQuerySet.about() and tasks.notify_people().
            models.Index(fields=["person", "-id"], name="decision_person_id_idx"),
        ]

    def __str__(self) -> str:
        return self.get_action_display()

    def get_absolute_url(self) -> str:
        return cached_reverse("moderation:decision", self.pk)

    @property
    def statement(self) -> str:
        """The decision in words for the person."""
        return str(self.STATEMENTS.get(self.action, ""))

    @property
    def is_sanction(self) -> bool:
        """Return whether the decision is against the person."""
        return self.action in self.SANCTIONS

    @property
    def is_reversed(self) -> bool:
        """Return whether the decision was reversed; without a query where `reversal` was selected."""
        return hasattr(self, "reversal")

    @property
    def is_in_force(self) -> bool:
        """Return whether the decision is a sanction that was not reversed."""
        return self.is_sanction and not self.is_reversed


class Appeal(models.Model):
    """A person's appeal against a decision about them, at most one each; the team resolves it with a decision."""

    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.CASCADE, related_name="appeal"
    )
    text = models.TextField(_("appeal"))
    created_at = models.DateTimeField(_("appealed at"), default=timezone.now)
    resolution = models.OneToOneField(
        Decision,
        verbose_name=_("decided by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="resolved_appeal",
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")

    def __str__(self) -> str:
        return gettext("Appeal against decision %(number)d") % {"number": self.decision_id}
