"""Let both groups of the team see bulk decisions in the admin."""

from django.db import migrations

GROUPS = ["Moderators", "Administrators"]
CODENAME = "view_bulkdecision"


def add(apps, schema_editor):
    group_model, permission_model = (apps.get_model("auth", name) for name in ("Group", "Permission"))
    content_type_model = apps.get_model("contenttypes", "ContentType")
    content_type, _is_new = content_type_model.objects.get_or_create(app_label="moderation", model="bulkdecision")
    # Django makes it, with this name, only after all migrations.
    permission, _is_new = permission_model.objects.get_or_create(
        codename=CODENAME, content_type=content_type, defaults={"name": "Can view bulk decision"}
    )
    for group in group_model.objects.filter(name__in=GROUPS):
        group.permissions.add(permission)


def remove(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="moderation", codename=CODENAME
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0007_bulk_decisions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add, remove)]
