"""Writes about posts. Each runs in a transaction of its own and leaves nothing half done."""

from posts.services.exports import (
    ExportInProgress,
    cancel_export,
    continue_export,
    delete_export_files,
    expire_exports,
    request_export,
    resume_exports,
)
from posts.services.mentions import find_post_to, tell_mentioned
from posts.services.posts import (
    correct_language,
    delete_post,
    delete_posts_of,
    detect_languages,
    edit_post,
    publish_post,
    recount,
    render_older_posts,
    render_posts,
    set_language,
)
from posts.services.standing import hide_post, restore_post

__all__ = [
    "ExportInProgress",
    "cancel_export",
    "continue_export",
    "correct_language",
    "delete_export_files",
    "delete_post",
    "delete_posts_of",
    "detect_languages",
    "edit_post",
    "expire_exports",
    "find_post_to",
    "hide_post",
    "publish_post",
    "recount",
    "render_older_posts",
    "render_posts",
    "request_export",
    "restore_post",
    "resume_exports",
    "set_language",
    "tell_mentioned",
]
