"""Receivers of signals of repositories and of demo data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import User
from messaging.models import Notification
from messaging.notifications.services import withdraw_notifications
from posts.signals import demo_written
from repositories import tasks
from repositories.demo import write_demo
from repositories.models import Repository
from repositories.signals import issues_changed, requests_limited
from repositories.site_links import clear_cached_pages


@receiver(post_delete, sender=Repository, dispatch_uid="repositories.withdraw_notifications")
def withdraw_notifications_of(instance: Repository, **kwargs: Any) -> None:
    """Withdraw the notifications of a deleted repository, whose page is gone."""
    withdraw_notifications(kind=Notification.Kind.REPOSITORY, key=str(instance.pk))


@receiver([post_save, post_delete], sender=Repository, dispatch_uid="repositories.clear_cached_pages")
def clear_pages(**kwargs: Any) -> None:
    """Let links to a repository lead to its page, or no longer."""
    transaction.on_commit(clear_cached_pages)


@receiver(issues_changed, dispatch_uid="repositories.notify_watchers")
def notify_watchers(repository: Repository, opened: list[int], closed: list[int], **kwargs: Any) -> None:
    """Enqueue the notifications of the watchers."""
    tasks.notify_watchers.enqueue(repository.pk, opened, closed, after=0)


@receiver(requests_limited, dispatch_uid="repositories.notify_administrators")
def notify_administrators(limited_until: datetime, **kwargs: Any) -> None:
    """Enqueue the notifications of administrators."""
    tasks.notify_administrators.enqueue(int(limited_until.timestamp()))


@receiver(demo_written, dispatch_uid="repositories.write_demo")
def write_demo_repositories(people: Mapping[str, User], **kwargs: Any) -> None:
    """Write the repositories of the demo community."""
    write_demo(people)
