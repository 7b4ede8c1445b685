"""Where staff moderate."""

from moderation.admin import cases, records, things

__all__ = ["cases", "records", "things"]
