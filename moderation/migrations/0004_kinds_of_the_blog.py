"""Let cases be about entries and snippets, and decisions hide and restore them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0003_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="kind",
            field=models.CharField(
                choices=[
                    ("post", "Post"),
                    ("person", "Person"),
                    ("message", "Message"),
                    ("entry", "Entry"),
                    ("snippet", "Snippet"),
                ],
                max_length=7,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="action",
            field=models.CharField(
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
    ]
