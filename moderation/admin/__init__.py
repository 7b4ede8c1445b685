"""Admin pages of moderation."""

from moderation.admin import cases, moderated, records

__all__ = ["cases", "moderated", "records"]
