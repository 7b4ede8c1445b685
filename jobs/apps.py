from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Background jobs")

    def ready(self) -> None:
        from jobs import checks  # noqa: F401 - registers them
        from jobs.schedule import get_schedule

        # Imported before any thread starts: two threads that import a module at once may see it half initialized.
        autodiscover_modules("tasks")
        get_schedule()
