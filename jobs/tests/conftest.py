from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Job
from tests.helpers import ledger


@pytest.fixture(autouse=True)
def _empty_ledger():
    ledger.ran.clear()


@pytest.fixture
def make_due():
    """Return a function that makes all jobs due: their leases and back-offs are over."""

    def make_due():
        past = timezone.now() - timedelta(seconds=1)
        Job.objects.filter(leased_until__isnull=False).update(leased_until=past)
        Job.objects.update(due_at=past)

    return make_due
