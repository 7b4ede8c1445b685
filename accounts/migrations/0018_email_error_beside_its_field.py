from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_text_of_unconfirmed_profiles"),
    ]

    operations = [
        migrations.AlterConstraint(
            model_name="user",
            name="user_email_unique",
            constraint=models.UniqueConstraint(
                fields=("email",),
                name="user_email_unique",
                violation_error_code="unique",
                violation_error_message="Please use a different email address.",
            ),
        ),
    ]
