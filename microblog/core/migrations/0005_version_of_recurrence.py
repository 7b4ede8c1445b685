"""Let a recurring task be due at once after an upgrade to another version of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_end_sessions_with_readable_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="recurrence",
            name="version",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
