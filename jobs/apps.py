from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Background jobs")

    def ready(self) -> None:
        from jobs import checks  # noqa: F401 - registers them
        from jobs.schedule import recurring

        # Before any thread works: two threads that import at once may find modules half made.
        autodiscover_modules("tasks")
        recurring()
