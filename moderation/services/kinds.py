"""
The kinds of content that can be reported.

A new kind is a member of Case.Kind and an item of KINDS; if it can be hidden, it has actions in Decision.Action too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from blog.models import Entry, Publication, Snippet
from blog.services import hide_publication, restore_publication
from messaging.models import Message
from microblog.core.bidi import isolated
from moderation.models import Case, Decision
from moderation.services.evidence import threads_above
from posts.mentions import find_post_mentioning
from posts.models import Post
from posts.services import hide_posts, restore_post

Kind = Case.Kind
Action = Decision.Action

# Characters of a text that are kept as evidence.
EVIDENCE_MAX_LENGTH = 20_000


class Hiding(NamedTuple):
    """The decisions that hide and restore content, and the services that carry them out."""

    action: Action
    reversal: Action
    # Takes ids with details for the audit log, and returns the ids of the rows that it changed.
    hide: Callable[..., set[int]]
    # Takes a row of which only the id is needed, and returns whether it changed it.
    restore: Callable[..., bool]


@dataclass(frozen=True)
class Reportable:
    """One kind of content. `%(username)s` in its texts is the author, or the person."""

    model: type[Model]
    # What a case is about, in a few words, and the heading of the form that reports it.
    title: str | Promise
    report: str | Promise
    # Return the content with this id if the user may report it.
    find: Callable[[User, int], Any]
    person: Callable[[Any], User]
    # Return the values of the evidence that only this kind has; `text` is what was written.
    describe: Callable[[Any], Mapping[str, Any]]
    # Return more of them by primary key, for those rows that have any.
    describe_each: Callable[[Iterable[Any]], Mapping[int, Mapping[str, Any]]] = lambda _things: {}
    hiding: Hiding | None = None
    # Whether staff may read the content other than as it was reported.
    is_open_to_staff: bool = True

    def snapshot(self, thing: Any) -> dict[str, Any]:
        """Return the evidence: a copy of the content as it is now, its text cut at EVIDENCE_MAX_LENGTH."""
        return self.snapshots([thing])[thing.pk]

    def snapshots(self, things: Sequence[Any]) -> dict[int, dict[str, Any]]:
        """Return the evidence of each of these things by primary key."""
        more, found = self.describe_each(things), {}
        for thing in things:
            evidence = {"written_at": None, "edited_at": None, **self.describe(thing), **more.get(thing.pk, {})}
            text = evidence["text"]
            evidence["text"] = text[:EVIDENCE_MAX_LENGTH]
            if len(text) > EVIDENCE_MAX_LENGTH:
                evidence["full_length"] = len(text)
            found[thing.pk] = evidence
        return found


def _find_post(reporter: User, pk: int) -> Post | None:
    posts = Post.objects.visible_to(reporter).select_related("author")
    return posts.filter(pk=pk).first() or find_post_mentioning(reporter, pk)


def _format(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _describe_post(post: Post) -> dict[str, Any]:
    times = {"written_at": _format(post.created_at), "edited_at": _format(post.edited_at)}
    return {"text": post.body, "language": post.language, **times}


def _describe_publication(publication: Publication) -> dict[str, Any]:
    times = {"written_at": _format(publication.created_at), "edited_at": _format(publication.edited_at)}
    return {"title": publication.title, "text": publication.body, **times}


def _hide_publications(model: type[Entry | Snippet], publications: Mapping[int, Any], **facts: Any) -> set[int]:
    hidden = ((pk, hide_publication(model(pk=pk), details=publications[pk], **facts)) for pk in sorted(publications))
    return {pk for pk, is_changed in hidden if is_changed}


KINDS: dict[str, Reportable] = {
    Kind.POST: Reportable(
        model=Post,
        title=_("Post by %(username)s"),
        report=_("Report a post by %(username)s"),
        find=_find_post,
        person=attrgetter("author"),
        describe=_describe_post,
        describe_each=lambda posts: {pk: {"thread": thread} for pk, thread in threads_above(posts).items()},
        hiding=Hiding(Action.HIDE_POST, Action.RESTORE_POST, hide_posts, restore_post),
    ),
    Kind.PERSON: Reportable(
        model=User,
        title="%(username)s",
        report=_("Report %(username)s"),
        find=lambda reporter, pk: User.objects.actionable_by(reporter).filter(pk=pk).first(),
        person=lambda person: person,
        describe=lambda person: {"text": person.about_me, "username": person.username},
    ),
    Kind.MESSAGE: Reportable(
        model=Message,
        title=_("Message from %(username)s"),
        report=_("Report a message from %(username)s"),
        find=lambda reporter, pk: Message.objects.received_by(reporter).select_related("sender").filter(pk=pk).first(),
        person=attrgetter("sender"),
        describe=lambda message: {"text": message.body, "written_at": _format(message.sent_at)},
        is_open_to_staff=False,
    ),
    Kind.ENTRY: Reportable(
        model=Entry,
        title=_("Entry by %(username)s"),
        report=_("Report an entry by %(username)s"),
        find=lambda reporter, pk: Entry.objects.visible_to(reporter).for_detail().filter(pk=pk).first(),
        person=attrgetter("author"),
        describe=lambda entry: {**_describe_publication(entry), "language": entry.language},
        hiding=Hiding(
            Action.HIDE_ENTRY, Action.RESTORE_ENTRY, partial(_hide_publications, Entry), restore_publication
        ),
    ),
    Kind.SNIPPET: Reportable(
        model=Snippet,
        title=_("Snippet by %(username)s"),
        report=_("Report a snippet by %(username)s"),
        find=lambda reporter, pk: Snippet.objects.visible_to(reporter).for_detail().filter(pk=pk).first(),
        person=attrgetter("author"),
        describe=_describe_publication,
        hiding=Hiding(
            Action.HIDE_SNIPPET, Action.RESTORE_SNIPPET, partial(_hide_publications, Snippet), restore_publication
        ),
    ),
}
KINDS_BY_MODEL = {reportable.model: Kind(kind) for kind, reportable in KINDS.items()}


def kind_of(thing: Model) -> Kind:
    """Return the kind of an object that can be reported."""
    return KINDS_BY_MODEL[thing.__class__]


def title_of(case: Case) -> str:
    """Return what a case is about, in a few words."""
    return str(KINDS[case.kind].title) % isolated(username=case.person_name)


def current_content(case: Case) -> Any:
    """Return what a case is about as it is now, or None if it was deleted or staff may not read it."""
    reportable = KINDS[case.kind]
    if not reportable.is_open_to_staff:
        return None
    return reportable.model._default_manager.filter(pk=case.target_id).first()


def hiding_by(action: str) -> Hiding | None:
    """Return how content is hidden by a decision, or None if the decision does not hide any."""
    return next((kind.hiding for kind in KINDS.values() if kind.hiding and kind.hiding.action == action), None)
