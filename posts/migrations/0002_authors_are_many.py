"""
Make PostgreSQL's planner assume many authors, so that it reads one author's posts through the author index.

If a dozen users wrote everything, the planner expects some posts of each among the newest, and reads all posts to find
those of a user who wrote few.
"""

from django.db import migrations


def change(schema_editor, statement):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE posts_post ALTER COLUMN author_id {statement}")


def forwards(apps, schema_editor):
    # Distinct authors as a share of the rows: one in fifty. Applied by each ANALYZE.
    change(schema_editor, "SET (n_distinct = -0.02)")


def backwards(apps, schema_editor):
    change(schema_editor, "RESET (n_distinct)")


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_posts")]
    operations = [migrations.RunPython(forwards, backwards, elidable=False)]
