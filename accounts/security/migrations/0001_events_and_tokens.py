import django.db.models.deletion
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
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("name", models.CharField(max_length=64, verbose_name="name")),
                ("is_read_only", models.BooleanField(default=False, verbose_name="read only")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created at"),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("last_used_at", models.DateTimeField(editable=False, null=True, verbose_name="last used at")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "verbose_name_plural": "API tokens",
            },
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sign_in", "Signed in"),
                            ("new_device", "Signed in on a new device"),
                            ("sign_in_failed", "Failed sign-in"),
                            ("second_factor_failed", "Wrong code or passkey"),
                            ("password_changed", "Password changed"),
                            ("password_reset", "Password reset by email"),
                            ("email_changed", "Email address changed"),
                            ("totp_added", "Authenticator app set up"),
                            ("totp_removed", "Authenticator app removed"),
                            ("passkey_added", "Passkey added"),
                            ("passkey_removed", "Passkey removed"),
                            ("codes_made", "Recovery codes created"),
                            ("code_used", "Recovery code used"),
                            ("second_factor_reset", "Second factor removed by an administrator"),
                            ("session_ended", "Signed out on one device"),
                            ("sessions_ended", "Signed out on other devices"),
                            ("token_made", "API token created"),
                            ("token_revoked", "API token revoked"),
                            ("closed_sign_in", "Signed in to your closed account"),
                            ("restored", "Account restored"),
                        ],
                        max_length=30,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=100)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="security_events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "security event",
                "verbose_name_plural": "security events",
            },
        ),
        migrations.AddIndex(
            model_name="apitoken",
            index=models.Index(fields=["user", "expires_at"], name="api_token_user_expires_at_idx"),
        ),
        migrations.AddIndex(
            model_name="apitoken",
            index=models.Index(fields=["expires_at"], name="api_token_expires_at_idx"),
        ),
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["user", "-id"], name="security_event_user_id_idx"),
        ),
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["created_at"], name="security_event_created_at_idx"),
        ),
    ]
