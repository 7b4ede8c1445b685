"""Make PostgreSQL refuse TRUNCATE, which fires no row triggers; SQLite has no TRUNCATE."""

from django.db import migrations

STATEMENTS = {
    "sqlite": (),
    "postgresql": (
        """
        CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()
        """,
    ),
}
REVERSE = {"sqlite": (), "postgresql": ("DROP TRIGGER audit_entry_no_truncate ON audit_entry",)}


def create(apps, schema_editor):
    for statement in STATEMENTS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for statement in REVERSE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_refuse_changes")]

    operations = [migrations.RunPython(create, drop)]
