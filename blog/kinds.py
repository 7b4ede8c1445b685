"""What differs between the pages of entries and those of snippets."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from blog.forms import EntryForm, PublicationForm, SnippetForm
from blog.models import Entry, Publication, Snippet


@dataclass(frozen=True)
class Kind:
    """The model and the form of the pages under one URL, and the texts of these pages."""

    model: type[Publication]
    form: type[PublicationForm]
    # Of one text, and of the list of them.
    name: str | Promise
    title: str | Promise
    about: str | Promise
    create: str | Promise
    edit: str | Promise
    delete: str | Promise
    nothing: str | Promise
    nothing_yet: str | Promise
    no_drafts: str | Promise
    created: str | Promise
    deleted: str | Promise
    pages: str | Promise
    newer: str | Promise
    older: str | Promise

    @property
    def namespace(self) -> str:
        return self.model.namespace

    @property
    def report_url(self) -> str:
        """Return the name of the URL of the form that reports one text."""
        return f"moderation:report_{self.model._meta.model_name}"


ENTRIES = Kind(
    model=Entry,
    form=EntryForm,
    name=_("Entry"),
    title=_("Blog"),
    about=_("Articles by the people here, newest first."),
    create=_("Write an entry"),
    edit=_("Edit entry"),
    delete=_("Delete entry"),
    nothing=_("No entries yet"),
    nothing_yet=_("The first entry could be yours: an article of any length, which everybody can read."),
    no_drafts=_("An entry that you save as a draft is kept here, and only you can see it."),
    created=_("Your entry was saved."),
    deleted=_("Your entry was deleted."),
    pages=_("Pages of entries"),
    newer=_("Newer entries"),
    older=_("Older entries"),
)
SNIPPETS = Kind(
    model=Snippet,
    form=SnippetForm,
    name=_("Snippet"),
    title=_("Snippets"),
    about=_("Pieces of code by the people here, newest first."),
    create=_("Add a snippet"),
    edit=_("Edit snippet"),
    delete=_("Delete snippet"),
    nothing=_("No snippets yet"),
    nothing_yet=_("The first snippet could be yours: a piece of code, which everybody can read and copy."),
    no_drafts=_("A snippet that you save as a draft is kept here, and only you can see it."),
    created=_("Your snippet was saved."),
    deleted=_("Your snippet was deleted."),
    pages=_("Pages of snippets"),
    newer=_("Newer snippets"),
    older=_("Older snippets"),
)
