"""Jobs of the API."""

from api import idempotency


def forget_idempotent_requests() -> None:
    """Delete the answers kept for clients that repeat a request; repeating it finds nothing left."""
    idempotency.delete_old_requests()
