"""Jobs about accounts."""

from accounts.models import User
from accounts.services import delete_account_slice, enqueue_due_deletions
from microblog.core.jobs import enqueue


def enqueue_deletions() -> None:
    """Look for accounts whose owners left long enough ago; repeating it finds those that are still there."""
    enqueue_due_deletions()


def delete_account(user_id: int) -> None:
    """Delete a slice of an account and go on with the next; whatever is gone already is not looked for again."""
    user = User.objects.filter(pk=user_id, deletion_due_at__isnull=False).first()
    if user and delete_account_slice(user):
        enqueue("accounts.jobs.delete_account", user_id, key=f"delete_account:{user_id}")
