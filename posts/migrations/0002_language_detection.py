from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_posts")]

    operations = [
        migrations.AddField(
            model_name="post",
            name="detector_version",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
