"""Posts in the archive of a user's data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.fields import format_time
from microblog.core.archive import Section
from posts.models import Post


def _details(user: User, posts: Sequence[Post]) -> list[dict[str, Any]]:
    for post in posts:
        post.author = user
    return [
        {
            "id": post.pk,
            "url": f"{settings.SITE_URL}{post.get_absolute_url()}",
            "language": post.language or None,
            "reply_to": post.reply_to_id,
            "edited_at": post.edited_at and format_time(post.edited_at),
        }
        for post in posts
    ]


SECTIONS = [
    Section(
        "posts",
        _("Your posts"),
        "posts",
        position=10,
        rows=lambda user, after: Post.objects.by(user).filter(pk__gt=after[0]).order_by("pk"),
        # The format of the original Microblog's export.
        entries=lambda _user, posts: [
            {"body": post.body, "timestamp": format_time(post.created_at)} for post in posts
        ],
        details=("post_details", _details),
    ),
]
