"""Tasks about messages and notifications."""

from django.db.models import Q

from accounts.models import User
from jobs.tasks import task
from messaging.models import Notification, Participant
from messaging.notifications import badges

CONCERNED = 500


@task(unique=True)
def recount_unread(user_id: int, after: int) -> None:
    """
    Set the badges right of those who heard of a person, ids above `after`, in slices, when who may see them changes.

    Counts what is there, so that repeating it changes nothing.
    """
    spoken_to = Participant.objects.filter(other=user_id).values("user")
    told = Notification.objects.filter(actor=user_id).values("user")
    concerned = User.objects.filter(Q(pk__in=spoken_to) | Q(pk__in=told), pk__gt=after).order_by("pk")
    ids = list(concerned.values_list("pk", flat=True)[:CONCERNED])
    badges.recount_unread(ids)
    if len(ids) == CONCERNED:
        recount_unread.enqueue(user_id, ids[-1])
