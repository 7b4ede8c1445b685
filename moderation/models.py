"""
What people report, what the team decides about it and how it is answered.

That a post is hidden or a person suspended is a fact on the post or person itself; here stands why. People are kept
with their names, so that a case stays readable when an account is gone.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.validators import USERNAME_MAX_LENGTH
from microblog.core.performance.urls import cached_reverse
from moderation.querysets import (
    AppealQuerySet,
    CaseQuerySet,
    DecisionQuerySet,
    NoteQuerySet,
    ReportQuerySet,
    RuleQuerySet,
)

TEXT_MAX_LENGTH = 1000
# What the site begins with (a migration writes them), here for the catalogues.
FIRST_RULES = (
    gettext_noop("Be kind. Disagree with what was said, not with who said it."),
    gettext_noop("No harassment, threats or hate, in public or in private."),
    gettext_noop("Do not publish what others told you in confidence, or where they live."),
    gettext_noop("No spam, and nobody else's name: be yourself."),
    gettext_noop("Nothing that is against the law where this site is run."),
)


def person_field(label: Any, **options: Any) -> models.ForeignKey:
    """Make a field that names a person for as long as there is one."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, on_delete=models.SET_NULL, null=True, blank=True, **options
    )


def name_field(label: Any) -> models.CharField:
    """Make a field that holds a person's name as it was then."""
    return models.CharField(label, max_length=USERNAME_MAX_LENGTH, blank=True, editable=False)


class Rule(models.Model):
    """
    One rule of the site, which reports and decisions refer to.

    A rule that no longer holds is retired, so that old decisions keep their reason.
    """

    # FIRST_RULES are read in the reader's language, others as they were written.
    text = models.CharField(_("rule"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(
        _("retired at"),
        null=True,
        blank=True,
        help_text=_("From then on it stands on the About page no more, and nothing is reported or decided by it."),
    )

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return gettext(self.text) if self.text else ""


class Case(models.Model):
    """
    What was reported about one post, person or message, until it is decided; its id is the case number.

    A thing has one open case at a time, and further reports join it.
    """

    class Kind(models.TextChoices):
        POST = "post", _("Post")
        PERSON = "person", _("Person")
        MESSAGE = "message", _("Message")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPEALED = "appealed", _("Appeal")
        CLOSED = "closed", _("Closed")

    class Outcome(models.TextChoices):
        """What came of it so far, in the words that those who reported it read."""

        DISMISSED = "dismissed", _("We looked at it and found that it keeps to the rules.")
        ACTED = "acted", _("We looked at it and acted: it broke the rules.")
        REVERSED = "reversed", _("We had acted, and took that back when we looked at it again.")

    kind = models.CharField(_("about"), max_length=7, choices=Kind)
    # The id of the post, person or message, which may be gone.
    target_id = models.BigIntegerField()
    # Who wrote it, or who it is.
    person = person_field(_("person"), related_name="cases", db_index=False)
    person_name = name_field(_("name then"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    # Where the case stands in the queue: its opening, or that of its appeal, less some hours for each report.
    ranked_at = models.DateTimeField(_("rank"), default=timezone.now, editable=False)
    report_count = models.PositiveIntegerField(_("reports"), default=0)
    # Rises with each decision, so that two people who decide at once notice.
    decision_count = models.PositiveIntegerField(default=0)
    claimed_by = person_field(_("claimed by"), related_name="+")
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, blank=True)
    # Set while nothing waits to be decided.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = [
            ("decide_case", "Can decide cases"),
            ("decide_about_staff", "Can decide cases about staff"),
        ]
        indexes = [
            # Serves CaseQuerySet.waiting() in the order of the queue.
            models.Index(fields=["ranked_at", "-id"], name="case_waiting_idx", condition=Q(closed_at=None)),
            # Serves CaseQuerySet.about().
            models.Index(fields=["person", "-id"], name="case_person_id_idx"),
            # Serves services.forget_evidence().
            models.Index(fields=["closed_at"], name="case_closed_at_idx"),
        ]
        constraints = [
            # Serves services.report().
            models.UniqueConstraint(fields=["kind", "target_id"], name="case_open_unique", condition=Q(state="open")),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="case_closed_at_state",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Case %(number)d") % {"number": self.pk}

    @property
    def audit_name(self) -> str:
        """What the audit log calls the case, in one language for all."""
        return f"case {self.pk}"

    @property
    def is_claimed(self) -> bool:
        """Tell whether somebody works on the case right now."""
        return self.claimed_until is not None and self.claimed_until > timezone.now()

    def is_claimed_for(self, user: Any) -> bool:
        """Tell whether somebody else than `user` works on the case right now."""
        return self.is_claimed and self.claimed_by_id not in (None, user.pk)


class Report(models.Model):
    """
    One person's report, with what was reported as it was at that moment.

    Evidence and words are kept until EVIDENCE_DAYS after the case closed, also when an account goes.
    """

    # The constraint below begins with it.
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="reports", db_index=False
    )
    reporter = person_field(_("reported by"), related_name="reports", db_index=False)
    rule = models.ForeignKey(Rule, verbose_name=_("rule"), on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(_("in their own words"), blank=True)
    evidence = models.JSONField(_("evidence"), default=dict)
    created_at = models.DateTimeField(_("reported at"), default=timezone.now)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [
            # Serves ReportQuerySet.by().
            models.Index(fields=["reporter", "-id"], name="report_reporter_id_idx"),
        ]
        constraints = [
            # Serves the page of a case.
            models.UniqueConstraint(fields=["case", "reporter"], name="report_case_reporter_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"

    def get_absolute_url(self) -> str:
        return cached_reverse("moderation:report", self.case_id)


class Decision(models.Model):
    """
    What the team decided about a case, by which rule and why: the statement of reasons that the person reads.

    A decision that was taken back has a `reversal`, which is a decision too.
    """

    class Action(models.TextChoices):
        DISMISS = "dismiss", _("Dismiss")
        WARN = "warn", _("Warn")
        HIDE_POST = "hide_post", _("Hide the post")
        SUSPEND = "suspend", _("Suspend the person")
        WITHDRAW_WARNING = "withdraw_warning", _("Withdraw the warning")
        RESTORE_POST = "restore_post", _("Restore the post")
        LIFT_SUSPENSION = "lift_suspension", _("Lift the suspension")
        UPHOLD = "uphold", _("Turn the appeal down")

    # What the person reads.
    STATEMENTS = {
        Action.WARN: _("You have been warned. Nothing else happens, unless it happens again."),
        Action.HIDE_POST: _("Your post was hidden. Nobody but you sees it."),
        Action.SUSPEND: _("Your account is suspended. Nobody sees you or your posts, and you cannot take part."),
        Action.WITHDRAW_WARNING: _("The warning was withdrawn. It is as if it had never been given."),
        Action.RESTORE_POST: _("Your post is no longer hidden. Everybody can see it again."),
        Action.LIFT_SUSPENSION: _("Your account is no longer suspended. You can take part again."),
        Action.UPHOLD: _("We have looked at your answer, and the decision stands."),
    }

    # What each can be taken back by.
    SANCTIONS = {
        Action.WARN: Action.WITHDRAW_WARNING,
        Action.HIDE_POST: Action.RESTORE_POST,
        Action.SUSPEND: Action.LIFT_SUSPENSION,
    }

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="decisions")
    person = person_field(_("person"), related_name="decisions", db_index=False)
    action = models.CharField(_("decision"), max_length=16, choices=Action)
    rule = models.ForeignKey(
        Rule, verbose_name=_("rule"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    # Null for a suspension: for good.
    until = models.DateTimeField(_("until"), null=True, blank=True)
    actor = person_field(_("decided by"), related_name="+")
    actor_name = name_field(_("decided by"))
    created_at = models.DateTimeField(_("decided at"), default=timezone.now)
    reverses = models.OneToOneField(
        "self",
        verbose_name=_("takes back"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reversal",
    )
    # When the person was sent the statement.
    told_at = models.DateTimeField(_("told at"), null=True, editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            # Serves DecisionQuerySet.about() and tasks.tell_person().
            models.Index(fields=["person", "-id"], name="decision_person_id_idx"),
        ]

    def __str__(self) -> str:
        return self.get_action_display()

    def get_absolute_url(self) -> str:
        return cached_reverse("moderation:decision", self.pk)

    @property
    def statement(self) -> str:
        """What was decided, in the words that the person reads."""
        return str(self.STATEMENTS.get(self.action, ""))

    @property
    def is_sanction(self) -> bool:
        """Tell whether the decision is one against the person."""
        return self.action in self.SANCTIONS

    @property
    def is_reversed(self) -> bool:
        """Tell whether the decision was taken back; no query where `reversal` was fetched along."""
        return hasattr(self, "reversal")

    @property
    def is_in_force(self) -> bool:
        """Tell whether the decision is a sanction that was not reversed."""
        return self.is_sanction and not self.is_reversed


class Appeal(models.Model):
    """A person's answer to a decision about them: one for each. The team's answer is a decision again."""

    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.CASCADE, related_name="appeal"
    )
    text = models.TextField(_("answer"))
    created_at = models.DateTimeField(_("appealed at"), default=timezone.now)
    answer = models.OneToOneField(
        Decision,
        verbose_name=_("decided by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="answered_appeal",
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")

    def __str__(self) -> str:
        return gettext("Appeal against decision %(number)d") % {"number": self.decision_id}


class Note(models.Model):
    """What one of the team wrote about a case for the others; the person never reads it."""

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="notes")
    author = person_field(_("author"), related_name="+")
    author_name = name_field(_("author"))
    text = models.TextField(_("note"))
    created_at = models.DateTimeField(_("written at"), default=timezone.now)

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return self.text[:60]
