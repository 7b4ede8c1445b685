import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_leaving"),
    ]

    operations = [
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
                            ("password_reset", "Password reset by mail"),
                            ("email_changed", "E-mail address changed"),
                            ("totp_added", "Authenticator app set up"),
                            ("totp_removed", "Authenticator app removed"),
                            ("passkey_added", "Passkey added"),
                            ("passkey_removed", "Passkey removed"),
                            ("codes_made", "Recovery codes made"),
                            ("code_used", "Recovery code used"),
                            ("second_factor_reset", "Second factor removed by the people who run the site"),
                            ("session_ended", "Signed out on one device"),
                            ("sessions_ended", "Signed out on other devices"),
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
                "indexes": [
                    models.Index(fields=["user", "-id"], name="security_event_user_id_idx"),
                    models.Index(fields=["created_at"], name="security_event_created_at_idx"),
                ],
            },
        ),
    ]
