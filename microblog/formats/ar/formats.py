"""Formats of Arabic; Django's own have no time with a date, and would fall back to the English one."""

DATETIME_FORMAT = "j F Y، H:i"
