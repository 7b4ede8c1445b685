from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RepositoriesConfig(AppConfig):
    name = "repositories"
    verbose_name = _("Repositories")

    def ready(self) -> None:
        from repositories import receivers  # noqa: F401 - connects them
