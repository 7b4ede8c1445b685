import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField(verbose_name="text")),
                ("body_html", models.TextField(editable=False)),
                ("renderer_version", models.PositiveSmallIntegerField(editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="written at"),
                ),
                ("edited_at", models.DateTimeField(editable=False, null=True, verbose_name="edited at")),
                ("language", models.CharField(blank=True, max_length=5, verbose_name="language")),
                ("detector_version", models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ("hidden_at", models.DateTimeField(editable=False, null=True, verbose_name="hidden at")),
                (
                    "hidden_reason",
                    models.CharField(blank=True, editable=False, max_length=200, verbose_name="reason for hiding"),
                ),
                ("submission_key", models.UUIDField(editable=False, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="posts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "hidden_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="hidden by",
                    ),
                ),
            ],
            options={
                "verbose_name": "post",
                "verbose_name_plural": "posts",
                "indexes": [
                    models.Index(fields=["author", "-id"], name="post_author_id_idx"),
                    models.Index(fields=["renderer_version", "id"], name="post_renderer_version_id_idx"),
                    models.Index(
                        condition=models.Q(("hidden_by__isnull", False)),
                        fields=["hidden_by"],
                        name="post_hidden_by_idx",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("author", "submission_key"), name="post_submission_unique"),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("body"), 40000
                        ),
                        name="post_body_length",
                    ),
                ],
            },
        ),
    ]
