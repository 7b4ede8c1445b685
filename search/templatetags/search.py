"""Template tags for search results."""

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from blog.models import Publication, Snippet
from blog.rendering import html_to_text
from posts.models import Post
from posts.templatetags.posts import post_article
from search.query import Query, excerpt, highlight, highlight_html

register = template.Library()

register.filter("highlight", highlight)


@register.simple_tag(takes_context=True)
def found_post(context: Context, post: Post, query: Query) -> SafeString:
    """Show a post with the matches of the query marked."""
    return post_article(context, post, html=highlight_html(post.body_html, query))


@register.simple_tag
def found_excerpt(publication: Publication, query: Query) -> SafeString:
    """Return the part of an entry or snippet around the first match of the query, with the matches marked."""
    beginning = publication.beginning  # type: ignore[attr-defined] # of for_results()
    return excerpt(beginning if isinstance(publication, Snippet) else html_to_text(beginning), query)
