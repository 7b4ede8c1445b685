from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "microblog.core"
    label = "core"

    def ready(self) -> None:
        from microblog.core import checks  # noqa: F401 - registers the system checks
