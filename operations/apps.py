from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    name = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        from operations import error_mail, tasks
        from operations.logs import scrub_all_records

        scrub_all_records()
        error_mail.ErrorMailHandler.enqueue = staticmethod(tasks.mail_error.enqueue)
        if settings.SENTRY_DSN:
            from operations.reporting import start_reporting

            start_reporting()
