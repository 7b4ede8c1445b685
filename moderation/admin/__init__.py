"""Admin pages of moderation."""

from moderation.admin import bulk, cases, moderated, records

__all__ = ["bulk", "cases", "moderated", "records"]
