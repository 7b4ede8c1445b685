"""An index from which the replies by one author are found among many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0003_replies_and_reactions"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="post",
            name="post_reply_idx",
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("reply_to__isnull", False)),
                fields=["reply_to", "id", "author"],
                name="post_reply_idx",
            ),
        ),
    ]
