"""Template tags for search results."""

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from posts.models import Post
from posts.templatetags.posts import post_article
from search.query import Query, highlight, highlight_html

register = template.Library()

register.filter("highlight", highlight)


@register.simple_tag(takes_context=True)
def found_post(context: Context, post: Post, query: Query) -> SafeString:
    """Show a post with the matches of the query marked."""
    return post_article(context, post, html=highlight_html(post.body_html, query))
