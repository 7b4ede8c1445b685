"""Profile and settings in the archive of a user's data."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.validators import fold_username
from api.fields import format_time
from microblog.core.archive import Facts


def _profile(user: User) -> dict[str, Any]:
    names = user.usernames.exclude(key=fold_username(user.username)).order_by("key")
    return {
        "username": user.username,
        "former_usernames": list(names.values_list("key", flat=True)),
        "email": user.shown_email,
        "about_me": user.written_about_me,
        "picture": user.avatar_source,
        "joined_at": format_time(user.created_at),
        "last_seen_at": format_time(user.last_seen),
    }


def _settings(user: User) -> dict[str, Any]:
    return {"language": user.language, "time_zone": user.time_zone, "theme": user.theme}


FACTS = [Facts("profile", _profile), Facts("settings", _settings)]
