from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        from exports import receivers, sections  # noqa: F401 - connects receivers

        # A fault in an app's archive.py is found when the site starts.
        sections.get_sections()
