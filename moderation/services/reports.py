"""Reports, with a snapshot of the reported content as evidence."""

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

# How far each report moves a case up the queue, as if it had waited that much longer.
HEAD_START = timedelta(hours=6)


class CannotReport(DomainError):
    """Users cannot report themselves."""

    def __init__(self) -> None:
        super().__init__(_("You cannot report yourself."))


class ReportedContent(NamedTuple):
    """A snapshot of content that can be reported."""

    kind: Case.Kind
    pk: int
    person: User
    evidence: dict[str, Any]


def find_reportable(kind: str, pk: int, *, reporter: User) -> Post | User | Message | None:
    """
    Return what a user may report: posts visible to them or mentioning them, received messages, and users.

    Blocks are ignored: users who mention or write to someone and then block them can be reported.
    """
    if kind == Kind.POST:
        posts = Post.objects.visible_to(reporter).select_related("author")
        return posts.filter(pk=pk).first() or find_post_mentioning(reporter, pk)
    if kind == Kind.MESSAGE:
        return Message.objects.received_by(reporter).select_related("sender").filter(pk=pk).first()
    return User.objects.actionable_by(reporter).filter(pk=pk).first()


@singledispatch
def snapshot(thing: Any) -> ReportedContent:
    """Return a snapshot of a post, user or message."""
    raise NotImplementedError(thing)


@snapshot.register
def snapshot_post(post: Post) -> ReportedContent:
    edited_at = post.edited_at and post.edited_at.isoformat()
    evidence = {"text": post.body, "language": post.language, "written_at": post.created_at.isoformat()}
    return ReportedContent(Kind.POST, post.pk, post.author, {**evidence, "edited_at": edited_at})


@snapshot.register
def snapshot_person(person: User) -> ReportedContent:
    evidence = {"text": person.about_me, "username": person.username, "written_at": None, "edited_at": None}
    return ReportedContent(Kind.PERSON, person.pk, person, evidence)


@snapshot.register
def snapshot_message(message: Message) -> ReportedContent:
    evidence = {"text": message.body, "written_at": message.sent_at.isoformat(), "edited_at": None}
    return ReportedContent(Kind.MESSAGE, message.pk, message.sender, evidence)


@transaction.atomic
def report(thing: Post | User | Message, *, actor: User, rule: Rule, comment: str = "") -> Report:
    """
    Report a post, user or message, with a snapshot of it, and return the report.

    Reports join the open case; a second report by the same actor returns the first. Raise CannotReport for the actor
    themselves. The caller has checked that the actor may report it. Of a user hidden from the actor by a block only
    the name is kept, since reporters can read their reports.
    """
    reported = snapshot(thing)
    if reported.person.pk == actor.pk:
        raise CannotReport
    if reported.kind == Kind.PERSON and not User.objects.visible_to(actor).filter(pk=reported.pk).exists():
        reported.evidence["text"] = ""
    case = _open_case(reported)
    # Concurrent reports of the same content wait for this transaction.
    found = case.reports.filter(reporter=actor).first()
    if found is None:
        found = Report.objects.create(
            case=case, reporter=actor, rule=rule, comment=comment, evidence=reported.evidence
        )
        Case.objects.filter(pk=case.pk).update(
            report_count=F("report_count") + 1, ranked_at=F("ranked_at") - HEAD_START
        )
    return found


def _open_case(reported: ReportedContent) -> Case:
    """Lock and return the open case, so that it cannot be closed before the report is added."""
    case, _is_new = (
        Case.objects.select_for_update(of=("self",))
        .select_related("person")
        .get_or_create(
            kind=reported.kind,
            target_id=reported.pk,
            state=State.OPEN,
            defaults={"person": reported.person, "person_name": reported.person.username},
        )
    )
    return case
