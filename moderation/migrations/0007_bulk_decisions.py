"""Create bulk decisions."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0006_roles_of_repositories"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor_name", models.CharField(blank=True, editable=False, max_length=64, verbose_name="decided by")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("dismiss", "Dismiss"),
                            ("warn", "Warn"),
                            ("hide_post", "Hide the post"),
                            ("hide_entry", "Hide the entry"),
                            ("hide_snippet", "Hide the snippet"),
                            ("suspend", "Suspend the person"),
                            ("withdraw_warning", "Withdraw the warning"),
                            ("restore_post", "Restore the post"),
                            ("restore_entry", "Restore the entry"),
                            ("restore_snippet", "Restore the snippet"),
                            ("lift_suspension", "Lift the suspension"),
                            ("uphold", "Reject the appeal"),
                        ],
                        max_length=16,
                        verbose_name="decision",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("target_type", models.CharField(max_length=50)),
                ("ids", models.JSONField(default=list)),
                ("total", models.PositiveIntegerField(verbose_name="rows")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                ("refusals", models.JSONField(default=dict)),
                ("last_decision", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="decided at")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished at")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="moderation.rule",
                        verbose_name="rule",
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk decision",
                "verbose_name_plural": "bulk decisions",
            },
        ),
    ]
