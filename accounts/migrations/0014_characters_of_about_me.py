"""Make room for 140 characters as people count them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_name_what_happens_to_closed_accounts")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="about_me",
            field=models.CharField(blank=True, max_length=1120, verbose_name="about me"),
        ),
    ]
