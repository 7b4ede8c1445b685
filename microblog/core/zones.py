"""Time zones that accounts name."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


def find_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of this name; None for no name, and for one that this system does not know."""
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):  # no such zone, not the name of a zone, the name of a folder
        return None


@cache
def current_zones() -> dict[str, list[str]]:
    """
    Return the names of time zones that are in use, each with its obsolete ones, which some browsers still give.

    They are those of the database's list of zones by country.
    """
    data = files("tzdata") / "zoneinfo"
    rows = [line.split("\t") for line in (data / "zone.tab").read_text().splitlines() if not line.startswith("#")]
    zones: dict[str, list[str]] = {row[2]: [] for row in rows}
    for line in (data / "tzdata.zi").read_text().splitlines():
        if line.startswith("L "):
            _link, current, name = line.split()
            if current in zones and name not in zones:
                zones[current].append(name)
    return zones
