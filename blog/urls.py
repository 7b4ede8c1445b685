"""URLs of entries, snippets, feeds and the sitemap. Those of pages end with a slash, as in the original."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import GenericSitemap
from django.contrib.sitemaps import views as sitemaps
from django.urls import URLPattern, include, path, register_converter
from django.views.decorators.http import conditional_page, require_safe

from blog import feeds, views
from blog.converters import SlugConverter
from blog.kinds import ENTRIES, SNIPPETS, Kind

register_converter(SlugConverter, "any_slug")


def pages(kind: Kind, *more: URLPattern) -> Any:
    """Return the URLs of one kind, of which the slug's comes last: reserved slugs are in blog.slugs."""
    options = {"kind": kind}
    return include(
        (
            [
                path("", views.index, options, name="list"),
                path("create/", views.create, options, name="create"),
                path("drafts/", views.drafts, options, name="drafts"),
                path("author/<str:username>/", views.by_author, options, name="author"),
                *more,
                path("<any_slug:slug>/", views.detail, options, name="detail"),
                path("<any_slug:slug>/edit/", views.edit, options, name="edit"),
                path("<any_slug:slug>/delete/", views.delete, options, name="delete"),
            ],
            kind.namespace,
        )
    )


def feed(view: feeds.LatestEntries) -> Any:
    """Return the view of a feed, which answers 304 to a reader that has it."""
    return login_not_required(require_safe(conditional_page(view)))


SITEMAPS = {
    kind.namespace: partial(
        GenericSitemap,
        {
            "queryset": kind.model.objects.visible_to(AnonymousUser())
            .published()
            .newest_first()
            .only("slug", "modified_at"),
            "date_field": "modified_at",
        },
    )
    for kind in (ENTRIES, SNIPPETS)
}

urlpatterns = [
    path(
        "blog/",
        pages(
            ENTRIES,
            path("author/<str:username>/latest.atom", feed(feeds.EntriesByAuthor()), name="author_feed"),
            path("tag/<any_slug:slug>/", views.tagged, {"kind": ENTRIES}, name="tag"),
            path("tag/<any_slug:slug>/latest.atom", feed(feeds.EntriesByTag()), name="tag_feed"),
        ),
    ),
    # A fragment of the form, without the slash of pages: an entry's slug can be "preview".
    path("blog/preview", views.preview, name="preview_entry"),
    path("latest.atom", feed(feeds.LatestEntries()), name="latest"),
    path("snippets/", pages(SNIPPETS)),
    path(
        "sitemap.xml",
        login_not_required(sitemaps.index),
        {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_section"},
        name="sitemap",
    ),
    path(
        "sitemap-<str:section>.xml",
        login_not_required(sitemaps.sitemap),
        {"sitemaps": SITEMAPS},
        name="sitemap_section",
    ),
]
