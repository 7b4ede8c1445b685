"""Errors of replies."""

from django.utils.translation import gettext_lazy as _

from microblog.core.exceptions import DomainError


class CannotReply(DomainError):
    """The post is deleted, or its reader may not see it."""

    def __init__(self) -> None:
        super().__init__(_("You cannot reply to this post: it was deleted, or you may not see it."), field="reply_to")
