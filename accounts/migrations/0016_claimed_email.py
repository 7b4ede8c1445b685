from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_line_ends_of_about_me"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="claimed_email",
            field=models.EmailField(blank=True, db_default="", default="", editable=False, max_length=120),
        ),
    ]
