"""Let demo repositories have no next fetch, instead of one in a hundred years."""

from datetime import timedelta

import django.utils.timezone
from django.db import migrations, models

FAR = timedelta(days=10_000)


def clear_far_fetches(apps, schema_editor):
    repositories = apps.get_model("repositories", "Repository").objects
    repositories.filter(next_fetch_at__gt=django.utils.timezone.now() + FAR).update(next_fetch_at=None)


def restore_far_fetches(apps, schema_editor):
    repositories = apps.get_model("repositories", "Repository").objects
    repositories.filter(next_fetch_at=None).update(next_fetch_at=django.utils.timezone.now() + 2 * FAR)


class Migration(migrations.Migration):
    dependencies = [("repositories", "0001_repositories_and_issues")]

    operations = [
        migrations.AlterField(
            model_name="repository",
            name="next_fetch_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, null=True, verbose_name="next fetch at"
            ),
        ),
        migrations.RunPython(clear_far_fetches, restore_far_fetches),
    ]
