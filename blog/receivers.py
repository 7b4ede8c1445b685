"""Receivers of signals of accounts and posts."""

from collections.abc import Mapping
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving
from blog.demo import write_demo
from blog.services import delete_publications_of
from posts.signals import demo_written


@receiver(account_leaving, dispatch_uid="blog.delete_publications")
def delete_publications(user: User, **kwargs: Any) -> int:
    """Delete a batch of the entries and snippets of a user whose account is being deleted."""
    return delete_publications_of(user)


@receiver(demo_written, dispatch_uid="blog.write_demo")
def write_demo_texts(people: Mapping[str, User], **kwargs: Any) -> None:
    """Write the entries and snippets of the demo community."""
    write_demo(people)
