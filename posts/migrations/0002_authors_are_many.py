"""
Let PostgreSQL reckon with many authors however few wrote most: posts of one are then sought by their own index.

Where a dozen people wrote everything it thinks that the newest posts hold some of each, and for somebody who wrote little
it reads them all.
"""

from django.db import migrations


def change(schema_editor, statement):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE posts_post ALTER COLUMN author_id {statement}")


def forwards(apps, schema_editor):
    # One of fifty posts is somebody's first; counted anew with each ANALYZE.
    change(schema_editor, "SET (n_distinct = -0.02)")


def backwards(apps, schema_editor):
    change(schema_editor, "RESET (n_distinct)")


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_posts")]
    operations = [migrations.RunPython(forwards, backwards, elidable=False)]
