"""Writes about posts. Each runs in a transaction of its own and leaves nothing half done."""

from posts.mentions import find_post_to, tell_mentioned
from posts.services.posts import (
    correct_language,
    delete_post,
    delete_posts_of,
    detect_languages,
    edit_post,
    publish_post,
    render_older_posts,
    render_posts,
    set_language,
)
from posts.services.standing import hide_post, restore_post

__all__ = [
    "correct_language",
    "delete_post",
    "delete_posts_of",
    "detect_languages",
    "edit_post",
    "find_post_to",
    "hide_post",
    "publish_post",
    "render_older_posts",
    "render_posts",
    "restore_post",
    "set_language",
    "tell_mentioned",
]
