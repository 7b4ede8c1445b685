"""Reports, and the evidence that is frozen with them."""

from __future__ import annotations

from datetime import timedelta
from functools import singledispatch
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from messaging.models import Message
from microblog.core.exceptions import DomainError
from moderation.models import Case, Report, Rule
from posts.mentions import find_post_mentioning
from posts.models import Post

Kind = Case.Kind
State = Case.State

# How far each further report moves a case up the queue: as if it had waited so much longer.
HEAD_START = timedelta(hours=6)


class CannotReport(DomainError):
    """People cannot report themselves."""

    def __init__(self) -> None:
        super().__init__(_("You cannot report yourself."))


class Frozen(NamedTuple):
    """What can be reported, as it is at this moment."""

    kind: Case.Kind
    pk: int
    person: User
    evidence: dict[str, Any]


def find_reportable(kind: str, pk: int, *, reporter: User) -> Post | User | Message | None:
    """
    Return what a user may report: posts that they see or that mention them, messages that they received, and users.

    Blocks are no obstacle: who mentions or writes to a user and then blocks them can be reported.
    """
    if kind == Kind.POST:
        posts = Post.objects.visible_to(reporter).select_related("author")
        return posts.filter(pk=pk).first() or find_post_mentioning(reporter, pk)
    if kind == Kind.MESSAGE:
        return Message.objects.received_by(reporter).select_related("sender").filter(pk=pk).first()
    return User.objects.actionable_by(reporter).filter(pk=pk).first()


@singledispatch
def freeze(thing: Any) -> Frozen:
    """Take down what somebody sees of a thing that they report."""
    raise NotImplementedError(thing)


@freeze.register
def freeze_post(post: Post) -> Frozen:
    edited_at = post.edited_at and post.edited_at.isoformat()
    evidence = {"text": post.body, "language": post.language, "written_at": post.created_at.isoformat()}
    return Frozen(Kind.POST, post.pk, post.author, {**evidence, "edited_at": edited_at})


@freeze.register
def freeze_person(person: User) -> Frozen:
    evidence = {"text": person.about_me, "username": person.username, "written_at": None, "edited_at": None}
    return Frozen(Kind.PERSON, person.pk, person, evidence)


@freeze.register
def freeze_message(message: Message) -> Frozen:
    evidence = {"text": message.body, "written_at": message.sent_at.isoformat(), "edited_at": None}
    return Frozen(Kind.MESSAGE, message.pk, message.sender, evidence)


@transaction.atomic
def report(thing: Post | User | Message, *, actor: User, rule: Rule, comment: str = "") -> Report:
    """
    Report something to the team, with what it is at this moment, and return the report; its case has the number.

    Reports of one thing join its open case. Who reports a thing again while its case is open gets the report made
    first. Raise CannotReport for oneself. The caller has checked that the actor may report the thing: of a user whom a
    block keeps apart from the actor, who reads their reports, nothing but the name is kept.
    """
    frozen = freeze(thing)
    if frozen.person.pk == actor.pk:
        raise CannotReport
    if frozen.kind == Kind.PERSON and not User.objects.visible_to(actor).filter(pk=frozen.pk).exists():
        frozen.evidence["text"] = ""
    case = _open_case(frozen)
    # Whoever reports the same thing waits for this transaction.
    found = case.reports.filter(reporter=actor).first()
    if found is None:
        found = Report.objects.create(case=case, reporter=actor, rule=rule, comment=comment, evidence=frozen.evidence)
        Case.objects.filter(pk=case.pk).update(
            report_count=F("report_count") + 1, ranked_at=F("ranked_at") - HEAD_START
        )
    return found


def _open_case(frozen: Frozen) -> Case:
    """Return the thing's open case, locked, so that it cannot be closed before the report is in it."""
    case, _is_new = (
        Case.objects.select_for_update(of=("self",))
        .select_related("person")
        .get_or_create(
            kind=frozen.kind,
            target_id=frozen.pk,
            state=State.OPEN,
            defaults={"person": frozen.person, "person_name": frozen.person.username},
        )
    )
    return case
