from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_who_sees_addresses")]
    operations = [
        migrations.AddField("username", "skeleton", models.CharField(editable=False, max_length=512, null=True)),
        migrations.AddConstraint(
            "username", models.UniqueConstraint(fields=("skeleton",), name="username_skeleton_unique")
        ),
    ]
