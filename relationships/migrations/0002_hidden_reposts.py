"""Follows whose follower hides reposts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("relationships", "0001_relationships"),
    ]

    operations = [
        migrations.AddField(
            model_name="follow",
            name="hides_reposts",
            field=models.BooleanField(db_default=False, default=False, verbose_name="hides reposts"),
        ),
    ]
