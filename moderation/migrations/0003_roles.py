"""Create the groups of the team with the permissions they need."""

from django.db import migrations

MODERATOR = {
    ("accounts", "user"): ["view_user"],
    ("audit", "auditentry"): ["view_auditentry"],
    ("moderation", "appeal"): ["view_appeal"],
    ("moderation", "case"): ["view_case", "decide_case"],
    ("moderation", "decision"): ["view_decision"],
    ("moderation", "note"): ["view_note"],
    ("moderation", "report"): ["view_report"],
    ("moderation", "rule"): ["view_rule"],
    ("posts", "post"): ["view_post"],
}
# In addition to the permissions of moderators.
ADMINISTRATOR = {
    ("security", "securityevent"): ["view_securityevent"],
    ("accounts", "user"): ["view_email"],
    ("accounts", "username"): ["view_username"],
    ("jobs", "job"): ["view_job"],
    ("moderation", "case"): ["decide_about_staff"],
    ("moderation", "rule"): ["add_rule", "change_rule"],
    ("exports", "export"): ["view_export"],
}
GROUPS = {"Moderators": [MODERATOR], "Administrators": [MODERATOR, ADMINISTRATOR]}


def create(apps, schema_editor):
    group_model, permission_model = (apps.get_model("auth", name) for name in ("Group", "Permission"))
    content_type_model = apps.get_model("contenttypes", "ContentType")
    for name, roles in GROUPS.items():
        group, _is_new = group_model.objects.get_or_create(name=name)
        for role in roles:
            for (app, model), codenames in role.items():
                content_type, _is_new = content_type_model.objects.get_or_create(app_label=app, model=model)
                for codename in codenames:
                    # Django makes those that are missing, with these names, only after all migrations.
                    permission, _is_new = permission_model.objects.get_or_create(
                        codename=codename,
                        content_type=content_type,
                        defaults={"name": f"Can {codename.replace('_', ' ')}"},
                    )
                    group.permissions.add(permission)


def remove(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0002_first_rules"),
        ("accounts", "0001_users"),
        ("audit", "0001_audit_entries"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("exports", "0001_exports"),
        ("jobs", "0001_jobs"),
        ("posts", "0001_posts"),
        ("security", "0001_events_and_tokens"),
    ]

    operations = [migrations.RunPython(create, remove)]
