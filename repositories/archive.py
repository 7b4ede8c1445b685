"""Watched repositories in the archive of a user's data."""

from django.utils.translation import gettext_lazy as _

from api.fields import format_time
from microblog.core.archive import Section

SECTIONS = [
    Section(
        "watched_repositories",
        _("Repositories that you watch"),
        "records",
        position=55,
        rows=lambda user, after: user.watches.filter(pk__gt=after[0]).order_by("pk").select_related("repository"),
        entries=lambda _user, rows: [
            {
                "name": row.repository.full_name,
                "url": row.repository.github_url,
                "since": format_time(row.created_at),
            }
            for row in rows
        ],
        lines=lambda row: [row.repository.full_name],
    )
]
