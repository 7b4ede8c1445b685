"""Tasks of messages and notifications."""

from django.db.models import Q

from accounts.models import User
from jobs.tasks import task
from messaging.models import Notification, Participant
from messaging.notifications import badges

BATCH = 500


@task(unique=True)
def recount_unread(user_id: int, after: int) -> None:
    """
    Recount the unread counters of users with messages or notifications of a user whose visibility has changed.

    One run recounts BATCH users with ids above `after`, and enqueues the next. Safe to repeat.
    """
    recipients = Participant.objects.filter(other=user_id).values("user")
    notified = Notification.objects.filter(actor=user_id).values("user")
    users = User.objects.filter(Q(pk__in=recipients) | Q(pk__in=notified), pk__gt=after).order_by("pk")
    ids = list(users.values_list("pk", flat=True)[:BATCH])
    badges.recount_unread(ids)
    if len(ids) == BATCH:
        recount_unread.enqueue(user_id, ids[-1])
