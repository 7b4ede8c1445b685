"""The API of entries and snippets."""
