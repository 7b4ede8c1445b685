"""Security events and API tokens in the archive of a user's data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from api.fields import format_time
from microblog.core.archive import Section

SECTIONS = [
    Section(
        "security_log",
        _("Security log"),
        "records",
        position=90,
        rows=lambda user, after: user.security_events.filter(pk__gt=after[0]).order_by("pk"),
        entries=lambda _user, rows: [
            {
                "event": row.kind,
                "detail": row.detail,
                "ip": row.ip,
                "user_agent": row.user_agent,
                "timestamp": format_time(row.created_at),
            }
            for row in rows
        ],
        lines=lambda row: [row.get_kind_display(), row.detail, row.ip, row.user_agent],
    ),
    Section(
        "tokens",
        _("API tokens"),
        "records",
        position=100,
        rows=lambda user, after: user.api_tokens.filter(pk__gt=after[0]).order_by("pk"),
        # Without the hash; the token itself is not stored.
        entries=lambda _user, rows: [
            {
                "name": row.name,
                "read_only": row.is_read_only,
                "timestamp": format_time(row.created_at),
                "expires_at": format_time(row.expires_at),
                "last_used_at": row.last_used_at and format_time(row.last_used_at),
            }
            for row in rows
        ],
        lines=lambda row: [row.name],
    ),
]
