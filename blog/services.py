"""Write entries and snippets. Each service is a transaction; texts are rendered before it begins."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import unquote

import regex
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import Truncator

from accounts.models import User
from accounts.services import can_contact_others
from audit.services import record
from blog.exceptions import EmailUnconfirmed, LinkTooLong, Outdated
from blog.models import SUMMARY_LENGTH, Entry, Publication, Snippet, Tag
from blog.querysets import MICROSECOND
from blog.rendering import (
    RENDERER_VERSION,
    TooComplex,
    guess_lexer_name,
    html_to_text,
    render_code,
    render_markdown,
)
from blog.slugs import first_free, make_slug
from microblog.core.fields import identify_submission
from microblog.core.site_urls import absolute_url
from microblog.core.text import count_characters
from posts.languages import detect_language
from posts.services import publish_post

logger = logging.getLogger(__name__)

HIDDEN_FIELDS = ["hidden_at", "hidden_by", "hidden_reason"]
# What render_publication() sets.
RENDERED_FIELDS = {
    Entry: ["body_html", "renderer_version", "summary", "language"],
    Snippet: ["body_html", "renderer_version", "summary", "lexer_name"],
}
# Most rows that one transaction deletes, and that one run of the schedule renders.
DELETION_SLICE = 500
RENDERING_SLICE = 100
# How often a slug or time that another transaction has just taken is replaced by the next one.
MAX_TRIES = 10
# Characters of a text or its HTML that are read for the summary.
_SUMMARIZED = 20 * SUMMARY_LENGTH

P = TypeVar("P", bound=Publication)


def create_publication(
    publication: P,
    *,
    tags: Iterable[str] = (),
    announce: bool = False,
    submission_key: uuid.UUID | None = None,
    created_at: datetime | None = None,
) -> P:
    """
    Write a new entry or snippet, of which author, title, body and status are set, and return it.

    Its texts must be validated; `tags` are slugs. The language is detected, that of code unless it is set. With
    `announce`, a link to a public text is posted to the author's followers. If the author already used the
    `submission_key` with the same text, return the existing row. `created_at` is for imported and demo data.

    Raise EmailUnconfirmed, LinkTooLong, or TooComplex for a text that takes too long to render.
    """
    author, model, now = publication.author, type(publication), created_at or timezone.now()
    if not can_contact_others(author):
        raise EmailUnconfirmed
    render_publication(publication)
    publication.created_at = publication.modified_at = now
    publication.submission_key = identify_submission(submission_key, publication.title, publication.body)
    slug = make_slug(publication.title, default=model.default_slug)
    for tries in range(MAX_TRIES):
        taken = model._default_manager.filter(slug__startswith=slug).values_list("slug", flat=True)
        publication.slug = first_free(slug, set(taken))
        if not publication.is_draft:
            publication.published_at = now + tries * MICROSECOND
        try:
            with transaction.atomic():
                publication.save(force_insert=True)
                _set_tags(publication, tags)
                if announce:
                    _announce(publication)
                    publication.save(update_fields=["announced_at"])
        except IntegrityError:
            own = model._default_manager.filter(author=author, submission_key=publication.submission_key)
            if publication.submission_key and (existing := own.first()):
                return existing
            publication.pk = None
            if tries == MAX_TRIES - 1:
                raise
        else:
            break
    return publication


def edit_publication(
    publication: P,
    *,
    version: int | None = None,
    tags: Iterable[str] | None = None,
    announce: bool = False,
    **changes: Any,
) -> None:
    """
    Change an entry or a snippet: its title, body, status, lexer_name or tags.

    It keeps its slug, and modified_at unless the title or the body changes; published_at is set once. `announce` and
    errors are as in create_publication(). Raise Outdated if the row has changed since `version`, by default the
    version of `publication`.
    """
    if not can_contact_others(publication.author):
        raise EmailUnconfirmed
    version, now = version or publication.version, timezone.now()
    fields = [name for name, value in changes.items() if getattr(publication, name) != value]
    for name in fields:
        setattr(publication, name, changes[name])
    if not {"body", "lexer_name"}.isdisjoint(fields):
        render_publication(publication)
        fields += RENDERED_FIELDS[type(publication)]
    if not {"title", "body"}.isdisjoint(fields):
        publication.modified_at = now
    if not publication.is_draft and publication.published_at is None:
        publication.published_at = now
    with transaction.atomic():
        current = _lock(publication)
        if current is None or current.version != version:
            raise Outdated
        if announce:
            _announce(publication)
        if _set_tags(publication, tags) or fields or publication.announced_at != current.announced_at:
            publication.version = version + 1
            fields += ["modified_at", "published_at", "announced_at", "version"]
            publication.save(update_fields=fields)


@transaction.atomic
def delete_publication(publication: Publication) -> None:
    """Delete an entry or a snippet. Safe to repeat."""
    current = _lock(publication)
    if current is not None:
        current.delete()


@transaction.atomic
def hide_publication(
    publication: Publication, *, actor: User, reason: str, rule: str = "", details: Mapping[str, Any] | None = None
) -> bool:
    """
    Hide an entry or a snippet from everyone but its author, and return whether it was not hidden before.

    The author sees the rule, or the reason if there is no rule. `details` are added to the audit log.
    """
    current = _lock(publication)
    if current is None or current.hidden_at is not None:
        return False
    current.hidden_at, current.hidden_by, current.hidden_reason = timezone.now(), actor, (rule or reason)[:200]
    current.save(update_fields=HIDDEN_FIELDS)
    after = {"hidden_at": current.hidden_at.isoformat(), **(details or {})}
    action = f"{current._meta.model_name}.hide"
    record(action, actor=actor, target=current, reason=reason, before={"hidden_at": None}, after=after)
    return True


@transaction.atomic
def restore_publication(
    publication: Publication, *, actor: User, reason: str = "", details: Mapping[str, Any] | None = None
) -> bool:
    """Restore a hidden entry or snippet, and return whether it was hidden. `details` are added to the audit log."""
    current = _lock(publication)
    if current is None or current.hidden_at is None:
        return False
    before = {"hidden_at": current.hidden_at.isoformat(), "hidden_reason": current.hidden_reason}
    current.hidden_at, current.hidden_by, current.hidden_reason = None, None, ""
    current.save(update_fields=HIDDEN_FIELDS)
    action = f"{current._meta.model_name}.restore"
    record(action, actor=actor, target=current, reason=reason, before=before, after=details)
    return True


def delete_publications_of(author: User) -> int:
    """Delete up to DELETION_SLICE entries and snippets of a user that is being deleted; return how many."""
    entries, snippets = Entry.objects.by(author).order_by("-pk"), Snippet.objects.by(author).order_by("-pk")
    rows = [*entries.for_list()[:DELETION_SLICE], *snippets.for_list()[:DELETION_SLICE]][:DELETION_SLICE]
    for row in rows:
        row.delete()  # one by one, so that the signals of each are sent
    return len(rows)


def render_older() -> bool:
    """
    Render up to RENDERING_SLICE entries and as many snippets whose HTML an older renderer wrote, the newest first.

    Return whether more may be left. A concurrent edit wins. A text that is refused today keeps its HTML until the next
    version of the renderer.
    """
    is_more_left = False
    for model in (Entry, Snippet):
        older = model._default_manager.filter(renderer_version__lt=RENDERER_VERSION)
        rows = list(older.order_by("-renderer_version", "-pk")[:RENDERING_SLICE])
        is_more_left |= len(rows) == RENDERING_SLICE
        for row in rows:
            try:
                render_publication(row)
            except TooComplex as refusal:
                details = {"model": model._meta.model_name, "pk": row.pk, "reason": refusal.message}
                logger.warning("%(model)s %(pk)d keeps the HTML of an older renderer: %(reason)s", details)
                rendered = {"renderer_version": RENDERER_VERSION}
            else:
                rendered = {name: getattr(row, name) for name in RENDERED_FIELDS[model]}
            model._default_manager.filter(pk=row.pk, version=row.version).update(**rendered)
    return is_more_left


def render_publication(publication: Publication) -> None:
    """Set what follows from the body, the fields of RENDERED_FIELDS, or raise TooComplex. Nothing is saved."""
    body = publication.body
    if isinstance(publication, Entry):
        publication.body_html = render_markdown(body)
        publication.language = detect_language(body)
        text = html_to_text(publication.body_html[:_SUMMARIZED])
    elif isinstance(publication, Snippet):
        publication.lexer_name = publication.lexer_name or guess_lexer_name(body)
        publication.body_html = render_code(body, publication.lexer_name)
        text = body[:_SUMMARIZED]
    # Truncator counts characters as people do, without combining marks; the column has all of them.
    publication.summary = Truncator(" ".join(text.split())).chars(SUMMARY_LENGTH)[:SUMMARY_LENGTH]
    publication.renderer_version = RENDERER_VERSION


def _set_tags(publication: Publication, slugs: Iterable[str] | None) -> bool:
    """Replace the tags of an entry, None to keep them, and return whether they changed."""
    if slugs is None or not isinstance(publication, Entry):
        return False
    wanted = set(slugs)
    before = set(publication.tags.values_list("slug", flat=True))
    if wanted != before:
        publication.tags.set([Tag.objects.get_or_create(slug=slug)[0] for slug in sorted(wanted)])
    return wanted != before


def _announce(publication: Publication) -> None:
    """Post a link to a public text, unless that has been done; the caller saves `announced_at`."""
    if publication.is_draft or publication.announced_at is not None:
        return
    # Readable, and short enough, in any script.
    url = unquote(absolute_url(f"{publication.namespace}:detail", publication.slug))
    room = settings.POST_MAX_LENGTH - count_characters(url) - 1
    if room < 1:
        raise LinkTooLong
    title = publication.title
    if count_characters(title) > room:
        title = "".join(regex.findall(r"\X", title)[: room - 1]).rstrip() + "…"
    publish_post(publication.author, body=f"{title} {url}")
    publication.announced_at = timezone.now()


def _lock(publication: P) -> P | None:
    """Lock and return the current row, or None if it is deleted."""
    rows = type(publication)._default_manager.select_related("author").select_for_update(of=("self",))
    return rows.filter(pk=publication.pk).first()
