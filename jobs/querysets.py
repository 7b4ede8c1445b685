from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone

if TYPE_CHECKING:
    from jobs.models import Job  # noqa: F401 - the type of the rows


class JobQuerySet(QuerySet["Job"]):
    def due(self, queue: str) -> JobQuerySet:
        """Return the jobs on a queue that a worker may take now, the one that is due longest first."""
        now = timezone.now()
        is_free = Q(leased_until=None) | Q(leased_until__lt=now)
        return self.filter(is_free, queue=queue, failed_at=None, due_at__lte=now).order_by("due_at", "pk")
