"""The task of bulk decisions."""

from jobs.tasks import task
from moderation.bulk import slices


@task(unique=True)
def continue_bulk_decision(bulk_id: int) -> bool:
    """Decide about the next rows, and return whether more are left. Safe to repeat: each row is decided once."""
    return slices.continue_bulk_decision(bulk_id)
