"""Services of moderation; each runs in its own transaction."""
