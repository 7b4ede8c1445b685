"""Notifications of reposts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0006_silenced_kinds"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("followed", "New follower"),
                    ("mentioned", "Mention"),
                    ("replied", "Reply"),
                    ("liked", "Likes of your posts"),
                    ("reposted", "Reposts of your posts"),
                    ("export_ready", "Your archive is ready"),
                    ("export_failed", "Your archive failed"),
                    ("decision", "Decision about you"),
                    ("report_outcome", "Outcome of a report"),
                    ("repository", "Watched repository"),
                    ("github_limit", "Rate limit of GitHub"),
                    ("task_progress", "Progress of a task"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
