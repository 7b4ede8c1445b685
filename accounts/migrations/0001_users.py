import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.validators


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        max_length=64, validators=[accounts.validators.UsernameValidator()], verbose_name="username"
                    ),
                ),
                ("email", models.EmailField(max_length=120, verbose_name="email")),
                (
                    "claimed_email",
                    models.EmailField(blank=True, db_default="", default="", editable=False, max_length=120),
                ),
                ("about_me", models.CharField(blank=True, max_length=1120, verbose_name="about me")),
                (
                    "pending_about_me",
                    models.CharField(blank=True, db_default="", default="", editable=False, max_length=1120),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="joined"),
                ),
                (
                    "last_seen",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="last seen"),
                ),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                (
                    "theme",
                    models.CharField(
                        choices=[("auto", "Same as this device"), ("light", "Light"), ("dark", "Dark")],
                        default="auto",
                        max_length=5,
                        verbose_name="theme",
                    ),
                ),
                (
                    "avatar_source",
                    models.CharField(
                        choices=[("generated", "Generated for my account"), ("gravatar", "From Gravatar")],
                        default="generated",
                        max_length=9,
                        verbose_name="picture",
                    ),
                ),
                ("post_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="posts")),
                ("follower_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="followers")),
                ("following_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="following")),
                ("has_blocks", models.BooleanField(db_default=False, default=False, editable=False)),
                ("has_mutes", models.BooleanField(db_default=False, default=False, editable=False)),
                ("unread_message_count", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ("unread_notification_count", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ("message_stamp", models.BigIntegerField(db_default=0, default=0, editable=False)),
                ("notification_stamp", models.BigIntegerField(db_default=0, default=0, editable=False)),
                ("export_id", models.BigIntegerField(editable=False, null=True)),
                ("export_progress", models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ("is_staff", models.BooleanField(default=False, verbose_name="staff")),
                (
                    "suspended_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="suspended at"),
                ),
                (
                    "suspended_until",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="suspended until"),
                ),
                (
                    "deactivated_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="deactivated at"),
                ),
                (
                    "deletion_due_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="to be deleted at"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "permissions": [("view_email", "Can see email addresses")],
            },
        ),
        migrations.CreateModel(
            name="Username",
            fields=[
                ("key", models.CharField(max_length=192, primary_key=True, serialize=False)),
                ("skeleton", models.CharField(editable=False, max_length=512, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="usernames",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "username",
                "verbose_name_plural": "usernames",
            },
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["follower_count", "id"], name="user_follower_count_idx"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("deletion_due_at__isnull", False)),
                fields=["deletion_due_at"],
                name="user_deletion_due_at_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("suspended_until__isnull", False)),
                fields=["suspended_until"],
                name="user_suspended_until_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(fields=("username",), name="user_username_unique"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                fields=("email",),
                name="user_email_unique",
                violation_error_code="unique",
                violation_error_message="Please use a different email address.",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                name="user_email_lower_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="username",
            constraint=models.UniqueConstraint(fields=("skeleton",), name="username_skeleton_unique"),
        ),
    ]
