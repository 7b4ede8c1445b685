from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReactionsConfig(AppConfig):
    """Likes and bookmarks. Their models are among those of posts, on which both depend."""

    name = "posts.reactions"
    verbose_name = _("Likes and bookmarks")

    def ready(self) -> None:
        from posts.reactions import receivers  # noqa: F401 - connects them
