"""Tags that show posts."""

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.templatetags.accounts import person_link
from microblog.core.templatetags.microblog import timestamp
from posts.models import Post

register = template.Library()


@register.simple_tag
def byline(post: Post) -> SafeString:
    """Say who wrote a post, linked to their profile, and when, linked to the post's own page."""
    when = f'<a class="mb-post__when" href="{post.get_absolute_url()}">{timestamp(post.created_at)}</a>'
    sentence = _("%(username)s said %(when)s") % {"username": person_link(post.author), "when": when}
    return mark_safe(sentence)  # noqa: S308 - made of parts that are safe
