"""What the migrations share."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import search.models


class CreateEntries(migrations.CreateModel):
    """Create the table of a model of entries; on SQLite a virtual one, whose key is its rowid."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        # Texts are tokenized already: FTS5 only splits them at spaces.
        schema_editor.execute(f"""CREATE VIRTUAL TABLE {table} USING fts5(tokens, tokenize="ascii tokenchars '#:'")""")


def entries(name, index):
    return CreateEntries(
        name=name,
        fields=[
            ("rowid", models.BigIntegerField(primary_key=True, serialize=False)),
            ("tokens", search.models.TokensField()),
        ],
        options={
            "abstract": False,
            "indexes": [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["tokens"], name=index)],
        },
    )
