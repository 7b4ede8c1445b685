"""Tasks that repair counters."""

from django.db.models import Q

from accounts.models import User
from jobs.tasks import task
from relationships.counters import recount

NEIGHBOURS = 500


@task()
def recount_people(*user_ids: int) -> None:
    """Repair the counters of users. A repeated run changes nothing."""
    recount(user_ids)


@task(unique=True)
def recount_neighbours(user_id: int, after: int) -> None:
    """
    Repair the counters of a user's followers and followed users with ids above `after`, in batches.

    A repeated run changes nothing.
    """
    neighbours = User.objects.filter(Q(following_set__followed=user_id) | Q(follower_set__follower=user_id))
    ids = list(neighbours.filter(pk__gt=after).order_by("pk").distinct().values_list("pk", flat=True)[:NEIGHBOURS])
    recount([*ids, user_id])
    if len(ids) == NEIGHBOURS:
        recount_neighbours.enqueue(user_id, ids[-1])
