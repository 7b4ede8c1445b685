from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = _("Search")

    def ready(self) -> None:
        from microblog.core import health
        from search import receivers  # noqa: F401 - connects them
        from search.engines.elasticsearch import probe

        health.register(
            health.Part(
                "search",
                lambda: probe() if settings.ELASTICSEARCH_URL else None,
                _("Search"),
                _("Search shows the newest hits first and knows fewer forms of words, until its engine is back."),
                remedy="Check ELASTICSEARCH_URL, and that the server runs; then `manage.py search_check`.",
            )
        )
