from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin import apps
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    default = True
    name = "microblog.core"
    label = "core"

    def ready(self) -> None:
        from microblog.core import checks  # noqa: F401 - registers the system checks
        from microblog.core.private import keep_database_private

        connection_created.connect(keep_database_private, dispatch_uid="keep_database_private")


class AdminConfig(apps.AdminConfig):
    default = False
    default_site = "microblog.core.admin.AdminSite"

    def ready(self) -> None:
        super().ready()  # imports the admin modules of all apps
        admin.site.add_extensions()  # type: ignore[attr-defined] # of default_site
