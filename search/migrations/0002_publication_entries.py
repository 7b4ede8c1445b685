"""The table of tokens of entries of the blog and snippets."""

from django.db import migrations

from search.migrations._operations import entries


class Migration(migrations.Migration):
    dependencies = [("search", "0001_entries")]

    operations = [entries("PublicationEntry", "publication_entry_tokens_idx")]
