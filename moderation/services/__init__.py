"""Writes about cases. Each runs in a transaction of its own and leaves nothing half done."""
