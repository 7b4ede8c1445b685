"""Replies, likes and bookmarks."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0002_authors_are_many"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Bookmark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "bookmark",
                "verbose_name_plural": "bookmarks",
            },
        ),
        migrations.CreateModel(
            name="DeletedPost",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number of the post")),
                ("reply_to_id", models.BigIntegerField(null=True, verbose_name="post replied to")),
            ],
            options={
                "verbose_name": "deleted post",
                "verbose_name_plural": "deleted posts",
            },
        ),
        migrations.CreateModel(
            name="Like",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "like",
                "verbose_name_plural": "likes",
            },
        ),
        migrations.AddField(
            model_name="post",
            name="addressee",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user replied to",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="like_count",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name="likes"),
        ),
        migrations.AddField(
            model_name="post",
            name="reply_count",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name="replies"),
        ),
        migrations.AddField(
            model_name="post",
            name="reply_to",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="replies",
                to="posts.post",
                verbose_name="post replied to",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(condition=models.Q(("addressee", None)), fields=["author", "-id"], name="post_own_idx"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("reply_to__isnull", False)), fields=["reply_to", "id"], name="post_reply_idx"
            ),
        ),
        migrations.AddField(
            model_name="bookmark",
            name="post",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="bookmarks", to="posts.post"
            ),
        ),
        migrations.AddField(
            model_name="bookmark",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="bookmarks",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="like",
            name="post",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="likes", to="posts.post"
            ),
        ),
        migrations.AddField(
            model_name="like",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="likes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="bookmark",
            index=models.Index(fields=["user", "-id"], name="bookmark_user_id_idx"),
        ),
        migrations.AddIndex(
            model_name="bookmark",
            index=models.Index(fields=["post"], name="bookmark_post_idx"),
        ),
        migrations.AddConstraint(
            model_name="bookmark",
            constraint=models.UniqueConstraint(fields=("user", "post"), name="bookmark_user_post_unique"),
        ),
        migrations.AddIndex(
            model_name="like",
            index=models.Index(fields=["post", "-id"], name="like_post_id_idx"),
        ),
        migrations.AddIndex(
            model_name="like",
            index=models.Index(fields=["user", "-id"], name="like_user_id_idx"),
        ),
        migrations.AddConstraint(
            model_name="like",
            constraint=models.UniqueConstraint(fields=("user", "post"), name="like_user_post_unique"),
        ),
    ]
