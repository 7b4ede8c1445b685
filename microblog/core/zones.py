"""Time zones that accounts name."""

from zoneinfo import ZoneInfo


def find_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of this name; None for no name, and for one that this system does not know."""
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):  # no such zone, not the name of a zone, the name of a folder
        return None
