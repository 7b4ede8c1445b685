"""Signals of posts, for apps that it must not import."""

from django.dispatch import Signal

# Sent in the transaction in which `manage.py demo` writes its community. Arguments: people, the users by their keys in
# demo_content.toml.
demo_written = Signal()
