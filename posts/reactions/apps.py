from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReactionsConfig(AppConfig):
    """Likes, reposts and bookmarks. Their models are among those of posts, on which they depend."""

    name = "posts.reactions"
    verbose_name = _("Likes, reposts and bookmarks")

    def ready(self) -> None:
        from posts.reactions import receivers  # noqa: F401 - connects them
