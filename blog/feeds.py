"""Atom feeds of entries."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.feedgenerator import Atom1Feed
from django.utils.functional import Promise
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from accounts.models import User
from blog.caching import find_change_time
from blog.models import Entry, Tag
from blog.querysets import UNIX_EPOCH, EntryQuerySet
from microblog.core.bidi import isolated
from microblog.core.site_urls import absolute_url

LATEST = 15
# XML 1.0 cannot contain these.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The year in which this naming of the site's feeds began (RFC 4151).
_TAG_YEAR = 2026


class AtomFeed(Atom1Feed):
    """Atom with the text of an entry as its content, in its language, and URLs in it relative to the entry."""

    def latest_post_date(self) -> datetime:
        """Return when an entry last changed, a fixed time if there is none: the feed itself did not change."""
        return max((item["updateddate"] for item in self.items), default=UNIX_EPOCH)

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        language = {"xml:lang": item["language"]} if item["language"] else {}
        return {"xml:base": item["link"], **language}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


class LatestEntries(Feed):
    """The newest public entries of all users."""

    feed_type = AtomFeed
    item_description = None

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the feed and when the blog last changed: that an entry vanished is a change too."""
        # Read before the entries: the feed is never older than it says.
        changed_at = find_change_time()
        response = super().__call__(request, *args, **kwargs)
        del response["Last-Modified"]
        if changed_at:
            response["Last-Modified"] = http_date(changed_at.timestamp())
        return response

    def entries(self, obj: Any) -> EntryQuerySet:
        return Entry.objects.all()

    def path(self, obj: Any) -> str:
        return absolute_url("latest")

    def items(self, obj: Any) -> list[Entry]:
        public = self.entries(obj).visible_to(AnonymousUser()).published()
        return list(public.for_detail().newest_first()[:LATEST])

    def title(self, obj: Any) -> str | Promise:
        return _("Latest Blog Posts")

    def link(self, obj: Any) -> str:
        return absolute_url("entries:list")

    def feed_url(self, obj: Any) -> str:
        return self.path(obj)

    def feed_guid(self, obj: Any) -> str:
        return name_permanently("entries")

    def author_name(self) -> str:
        return settings.SITE_NAME

    def author_link(self) -> str:
        return absolute_url("posts:home")

    def item_title(self, item: Entry) -> str:
        return _NOT_IN_XML.sub("", item.title)

    def item_link(self, item: Entry) -> str:
        return absolute_url("entries:detail", item.slug)

    def item_guid(self, item: Entry) -> str:
        return name_permanently(f"entry/{item.pk}")

    def item_author_name(self, item: Entry) -> str:
        return item.author.username

    def item_author_link(self, item: Entry) -> str:
        return absolute_url("entries:author", item.author.username)

    def item_pubdate(self, item: Entry) -> datetime:
        return item.published_at

    def item_updateddate(self, item: Entry) -> datetime:
        return item.edited_at or item.published_at

    def item_categories(self, item: Entry) -> list[str]:
        return [str(tag) for tag in item.tags.all()]

    def item_extra_kwargs(self, item: Entry) -> dict[str, str]:
        return {"content": _NOT_IN_XML.sub("", item.html), "language": item.language}


class EntriesByAuthor(LatestEntries):
    """The newest public entries of one user."""

    def get_object(self, request: HttpRequest, username: str) -> User:
        return get_object_or_404(User.objects.visible_to(AnonymousUser()).by_username(username))

    def entries(self, obj: User) -> EntryQuerySet:
        return Entry.objects.by(obj)

    def title(self, obj: User) -> str:
        return _("Entries by %(username)s") % isolated(username=obj.username)

    def link(self, obj: User) -> str:
        return absolute_url("entries:author", obj.username)

    def path(self, obj: User) -> str:
        return absolute_url("entries:author_feed", obj.username)

    def feed_guid(self, obj: User) -> str:
        return name_permanently(f"entries/author/{obj.pk}")


class EntriesByTag(LatestEntries):
    """The newest public entries with a tag."""

    def get_object(self, request: HttpRequest, slug: str) -> Tag:
        tag = get_object_or_404(Tag, slug=slug)
        if not Entry.objects.visible_to(AnonymousUser()).published().tagged(tag).exists():
            raise Http404
        return tag

    def entries(self, obj: Tag) -> EntryQuerySet:
        return Entry.objects.tagged(obj)

    def title(self, obj: Tag) -> str:
        return _("Entries about #%(tag)s") % isolated(tag=obj.slug)

    def link(self, obj: Tag) -> str:
        return absolute_url("entries:tag", obj.slug)

    def path(self, obj: Tag) -> str:
        return absolute_url("entries:tag_feed", obj.slug)

    def feed_guid(self, obj: Tag) -> str:
        return name_permanently(f"entries/tag/{obj.slug}")


def name_permanently(name: str) -> str:
    """Return an id that stays when titles, slugs and usernames change: a tag URI (RFC 4151)."""
    return f"tag:{urlsplit(absolute_url('posts:home')).hostname},{_TAG_YEAR}:{name}"
