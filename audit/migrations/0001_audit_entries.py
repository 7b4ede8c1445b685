import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="time"),
                ),
                ("action", models.CharField(max_length=50, verbose_name="action")),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(max_length=150, verbose_name="actor")),
                ("target_type", models.CharField(blank=True, max_length=50)),
                ("target_id", models.BigIntegerField(null=True)),
                ("target_name", models.CharField(blank=True, max_length=150, verbose_name="target")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["target_type", "target_id", "-id"], name="audit_entry_target_idx"),
                    models.Index(fields=["created_at"], name="audit_entry_created_at_idx"),
                ],
            },
        ),
    ]
