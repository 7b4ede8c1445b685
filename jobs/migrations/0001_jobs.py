import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Recurrence",
            fields=[
                ("task", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField()),
                ("version", models.PositiveSmallIntegerField(db_default=0, default=0)),
            ],
            options={
                "verbose_name": "recurrence",
                "verbose_name_plural": "recurrences",
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=200, verbose_name="task")),
                ("args", models.JSONField(default=list, verbose_name="arguments")),
                ("key", models.CharField(max_length=250, null=True, unique=True, verbose_name="key")),
                (
                    "queue",
                    models.CharField(
                        choices=[("microblog-tasks", "Tasks"), ("microblog-mail", "Mail")],
                        max_length=20,
                        verbose_name="queue",
                    ),
                ),
                ("request_id", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="due at")),
                ("leased_until", models.DateTimeField(null=True, verbose_name="leased until")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("error", models.TextField(blank=True, verbose_name="last error")),
                ("failed_at", models.DateTimeField(null=True, verbose_name="given up at")),
            ],
            options={
                "verbose_name": "job",
                "verbose_name_plural": "jobs",
                "indexes": [
                    models.Index(
                        condition=models.Q(("failed_at", None)),
                        fields=["queue", "due_at", "id"],
                        name="job_queue_due_at_idx",
                    )
                ],
            },
        ),
    ]
