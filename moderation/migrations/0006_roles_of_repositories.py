"""Let administrators see repositories and issues in the admin, and why fetches failed."""

from django.db import migrations

GROUPS = ["Administrators"]
MODELS = ["repository", "issue"]


def add(apps, schema_editor):
    group_model, permission_model = (apps.get_model("auth", name) for name in ("Group", "Permission"))
    content_type_model = apps.get_model("contenttypes", "ContentType")
    for model in MODELS:
        content_type, _is_new = content_type_model.objects.get_or_create(app_label="repositories", model=model)
        # Django makes those that are missing, with these names, only after all migrations.
        permission, _is_new = permission_model.objects.get_or_create(
            codename=f"view_{model}", content_type=content_type, defaults={"name": f"Can view {model}"}
        )
        for group in group_model.objects.filter(name__in=GROUPS):
            group.permissions.add(permission)


def remove(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="repositories", codename__in=[f"view_{model}" for model in MODELS]
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0005_roles_of_the_blog"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("repositories", "0001_repositories_and_issues"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add, remove)]
