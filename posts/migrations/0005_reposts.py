"""Reposts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0004_replies_by_author"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="post",
            name="post_own_idx",
        ),
        migrations.AddField(
            model_name="post",
            name="repost_count",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name="reposts"),
        ),
        migrations.AddField(
            model_name="post",
            name="repost_of",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="reposts",
                to="posts.post",
                verbose_name="post reposted",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="reposted_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("addressee", None), ("repost_of", None)),
                fields=["author", "-id"],
                name="post_own_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("repost_of__isnull", False)), fields=["repost_of", "-id"], name="post_repost_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("repost_of__isnull", False)),
                fields=["repost_of", "reposted_on", "id"],
                name="post_repost_day_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                condition=models.Q(("repost_of__isnull", False)),
                fields=("author", "repost_of"),
                name="post_repost_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("repost_of", None), ("reposted_on", None)),
                    models.Q(
                        ("body", ""), ("reply_to", None), ("repost_of__isnull", False), ("reposted_on__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="post_repost_is_empty",
            ),
        ),
    ]
