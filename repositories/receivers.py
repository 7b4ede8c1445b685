"""Receivers of signals of repositories and of demo data."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from messaging.models import Notification
from messaging.notifications.services import withdraw_notifications
from repositories import tasks
from repositories.models import Repository
from repositories.signals import issues_changed


@receiver(post_delete, sender=Repository, dispatch_uid="repositories.withdraw_notifications")
def withdraw_notifications_of(instance: Repository, **kwargs: Any) -> None:
    """Withdraw the notifications of a deleted repository, whose page is gone."""
    withdraw_notifications(kind=Notification.Kind.REPOSITORY, key=str(instance.pk))


@receiver(issues_changed, dispatch_uid="repositories.notify_watchers")
def notify_watchers(repository: Repository, opened: list[int], closed: list[int], **kwargs: Any) -> None:
    """Enqueue the notifications of the watchers."""
    tasks.notify_watchers.enqueue(repository.pk, opened, closed, after=0)
