"""Time zones, and the form field to choose one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.forms.widgets import Script
from django.utils.translation import gettext_lazy as _

# By the first part of the names of zones.
_REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}


def find_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of this name; None for no name and for an unknown one."""
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):  # no such zone, not the name of a zone, the name of a folder
        return None


@cache
def current_zones() -> dict[str, list[str]]:
    """
    Return the names of current time zones, each with its obsolete names, which some browsers still use.

    Current are those in the list of zones by country of the time zone database.
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


class TimeZoneSelect(forms.Select):
    """A list of time zones, to which a script adds the browser's own at the top."""

    class Media:
        js = [Script("microblog/js/time_zone.js", type="module")]

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if obsolete := current_zones().get(value):
            option["attrs"]["data-obsolete"] = ",".join(obsolete)
        return option


class TimeZoneField(forms.ChoiceField):
    """A choice of current names, by region; obsolete names are accepted too."""

    widget = TimeZoneSelect(attrs={"data-suggested": _("Suggested")})

    def offer(self, *others: str) -> None:
        """Set the choices: the zones with their present offsets, after `others`, which an account may have."""
        self.choices = [
            ("", _("Same as this device")),
            ("UTC", "UTC"),
            *((name, name) for name in others if name and name != "UTC" and name not in current_zones()),
            *_by_region(),
        ]

    def valid_value(self, value: str) -> bool:
        return super().valid_value(value) or value in available_timezones()


def _by_region() -> Iterator[tuple[Any, list[tuple[str, str]]]]:
    now = datetime.now(UTC)
    regions = defaultdict(list)
    for name in current_zones():
        region, *place = name.replace("_", " ").split("/")
        # The smaller place first, as in "Knox, Indiana".
        regions[region].append((name, f"{', '.join(reversed(place))} ({_offset(name, now)})"))
    for region, label in _REGIONS.items():
        yield label, sorted(regions[region], key=lambda choice: choice[1])


def _offset(name: str, now: datetime) -> str:
    offset = f"{now.astimezone(ZoneInfo(name)):%z}"
    return f"UTC{offset[:3]}:{offset[3:5]}"
