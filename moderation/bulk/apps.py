from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BulkConfig(AppConfig):
    """Bulk decisions. Their model is among those of moderation, whose services their job calls."""

    name = "moderation.bulk"
    verbose_name = _("Bulk decisions")
