"""End all sessions: rows whose keys can be read open nothing any more, and would be listed as if they did."""

from django.db import migrations


def end(apps, schema_editor):
    apps.get_model("usersessions", "UserSession").objects.all().delete()
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_idempotent_requests"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(end, migrations.RunPython.noop)]
