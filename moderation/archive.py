"""Sections of the archive: a user's reports, and decisions about them."""

from django.utils.translation import gettext_lazy as _

from api.fields import format_time
from microblog.core.archive import Section

SECTIONS = [
    Section(
        "reports",
        _("Your reports"),
        "records",
        position=70,
        rows=lambda user, after: user.reports.by(user).filter(pk__gt=after[0]).order_by("pk"),
        entries=lambda _user, rows: [
            {
                "case": row.case_id,
                "about": row.case.kind,
                "rule": str(row.rule),
                "comment": row.comment,
                "timestamp": format_time(row.created_at),
                "outcome": row.case.outcome or None,
            }
            for row in rows
        ],
        lines=lambda row: [
            row.case.get_kind_display(),
            str(row.rule),
            row.comment,
            row.case.get_outcome_display(),
        ],
    ),
    Section(
        "decisions",
        _("Decisions about you"),
        "records",
        position=80,
        rows=lambda user, after: user.decisions.about(user).filter(pk__gt=after[0]).order_by("pk"),
        entries=lambda _user, rows: [
            {
                "case": row.case_id,
                "about": row.case.kind,
                "action": row.action,
                "rule": str(row.rule) if row.rule else None,
                "reason": row.reason,
                "until": row.until and format_time(row.until),
                "timestamp": format_time(row.created_at),
                "appeal": row.appeal.text if hasattr(row, "appeal") else None,
            }
            for row in rows
        ],
        lines=lambda row: [
            row.statement,
            str(row.rule) if row.rule else None,
            row.reason,
            row.appeal.text if hasattr(row, "appeal") else None,
        ],
    ),
]
