"""Writes about posts. Each runs in a transaction of its own and leaves nothing half done."""

from posts.services.posts import (
    correct_language,
    delete_post,
    delete_posts_of,
    detect_languages,
    edit_post,
    publish_post,
    recount,
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
    "hide_post",
    "publish_post",
    "recount",
    "render_posts",
    "restore_post",
    "set_language",
]
