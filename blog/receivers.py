"""Receivers of signals of accounts, of posts, and of what the public sees of the blog."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from accounts.avatars import AVATAR_COLUMNS
from accounts.models import User
from accounts.signals import account_leaving, visibility_changed
from blog.caching import change_public_state
from blog.demo import write_demo
from blog.models import Entry, Snippet
from blog.services import delete_publications_of
from microblog.core.changes import rows_changed, watch
from posts.signals import demo_written

# What pages show of an author.
SHOWN_OF_AUTHORS = frozenset({"username", *AVATAR_COLUMNS, "suspended_at", "deactivated_at"})
watch(User, SHOWN_OF_AUTHORS)
for model in (Entry, Snippet):
    watch(model, {field.attname for field in model._meta.concrete_fields})


@receiver(account_leaving, dispatch_uid="blog.delete_publications")
def delete_publications(user: User, **kwargs: Any) -> int:
    """Delete a batch of the entries and snippets of a user that is being deleted."""
    return delete_publications_of(user)


@receiver(demo_written, dispatch_uid="blog.write_demo")
def write_demo_texts(people: Mapping[str, User], **kwargs: Any) -> None:
    """Write the entries and snippets of the demo community."""
    write_demo(people)


@receiver([post_save, post_delete, rows_changed], sender=Entry, dispatch_uid="blog.entries_changed")
@receiver([post_save, post_delete, rows_changed], sender=Snippet, dispatch_uid="blog.snippets_changed")
@receiver(m2m_changed, sender=Entry.tags.through, dispatch_uid="blog.tags_changed")
@receiver(visibility_changed, dispatch_uid="blog.authors_visibility_changed")
def change_state(**kwargs: Any) -> None:
    """Let public pages be rendered again."""
    change_public_state()


@receiver([post_save, rows_changed], sender=User, dispatch_uid="blog.authors_changed")
def change_state_with_author(
    update_fields: Collection[str] | None = None, created: bool = False, **kwargs: Any
) -> None:
    """Let public pages be rendered again when what they show of a user changes."""
    if not created and (update_fields is None or not SHOWN_OF_AUTHORS.isdisjoint(update_fields)):
        change_public_state()
