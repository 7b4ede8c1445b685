"""Template tags of posts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.templatetags.accounts import avatar
from microblog.core.bidi import isolated
from microblog.core.links import link_within_site
from microblog.core.performance.caching import cached
from microblog.core.performance.fragments import render_cached
from microblog.core.performance.urls import cached_reverse
from microblog.core.templatetags.microblog import timestamp
from posts.languages import is_read_in
from posts.models import Post
from posts.translation.providers import get_provider

register = template.Library()


class ArticleContent(NamedTuple):
    """Everything that the HTML of a post depends on: the key of its cached article."""

    pk: int
    username: str
    picture: str
    created_at: datetime
    edited_at: datetime | None
    html: SafeString
    language: str
    is_hidden: bool
    hidden_reason: str
    is_own: bool
    reply_to: int | None
    is_continuation: bool
    addressee: str | None
    reply_count: int
    can_be_translated: bool
    like_count: int
    repost_count: int
    reposter: str | None
    is_liked: bool
    is_reposted: bool
    is_bookmarked: bool


@register.simple_tag(takes_context=True)
def article_scripts(context: Context) -> SafeString:
    """Load what scripts add to posts, once on a page."""
    return render_cached(context, "posts/_article_scripts.html", {"has_translation": get_provider() is not None})


class Reader(NamedTuple):
    """What articles depend on that is the same for all posts of a page."""

    pk: int
    language: str
    zone: str
    has_translation: bool


@register.simple_tag(takes_context=True)
def post_article(context: Context, post: Post, html: SafeString | None = None) -> SafeString:
    """
    Render a post with the actions of its reader. The article is cached, and shared by readers that see the same.

    `html` replaces the body, such as one with highlighted words.
    """
    return _render(context, [post], html)


@register.simple_tag(takes_context=True)
def post_articles(context: Context, posts: Iterable[Post]) -> SafeString:
    """Render posts as post_article() does, one after another."""
    return _render(context, posts)


def _render(context: Context, posts: Iterable[Post], html: SafeString | None = None) -> SafeString:
    reader = Reader(
        context["user"].pk, get_language(), get_current_timezone_name(), has_translation=get_provider() is not None
    )
    articles = (_article(_content(context, reader, post, html), reader.language, reader.zone) for post in posts)
    return mark_safe("".join(articles))  # noqa: S308 - rendered by a template


def _content(context: Context, reader: Reader, post: Post, html: SafeString | None) -> ArticleContent:
    is_own = post.author_id == reader.pk
    return ArticleContent(
        pk=post.pk,
        username=post.author.username,
        picture=avatar(context, post.author, 48),
        created_at=post.created_at,
        edited_at=post.edited_at,
        html=link_within_site(post.html if html is None else html),
        language=post.language,
        is_hidden=post.hidden_at is not None,
        hidden_reason=post.hidden_reason,
        is_own=is_own,
        reply_to=post.reply_to_id,
        is_continuation=post.addressee_id is None,
        addressee=post.addressee_name,
        reply_count=post.reply_count,
        can_be_translated=reader.has_translation and not is_own,
        like_count=post.like_count,
        repost_count=post.repost_count,
        reposter=post.repost.author.username if post.repost else None,
        is_liked=post.is_liked,
        is_reposted=post.is_reposted,
        is_bookmarked=post.is_bookmarked,
    )


@cached(2**12)
def _article(content: ArticleContent, language: str, _zone: str) -> SafeString:
    url, profile = cached_reverse("posts:post", content.pk), cached_reverse("posts:profile", content.username)
    name = format_html(
        '<span class="user_popup"><a class="mb-name" href="{}">{}</a></span>', profile, content.username
    )
    when = format_html('<a class="mb-post__time" href="{}">{}</a>', url, timestamp(content.created_at))
    # Both values are safe HTML, and translations are the site's own texts.
    byline = mark_safe(_("%(username)s said %(when)s") % isolated(username=name, when=when))  # noqa: S308
    is_foreign = content.can_be_translated and bool(content.language) and not is_read_in(content.language, language)
    return render_to_string(
        "posts/_post.html",
        {**content._asdict(), "url": url, "profile": profile, "byline": byline, "is_foreign": is_foreign},
    )
