"""System checks of the site's own settings. With an error of these, no command and no server starts."""

import ipaddress
import stat
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from redis.connection import parse_url

from microblog.core.private import make_private, private_paths

# The limit of the database, see `Post.Meta.constraints`.
POST_MAX_LENGTH_CEILING = 5000


# The tag of checks that a server runs too.
STARTUP = "startup"

# Migrations that no longer exist; a database in which one was applied has the tables of an earlier version.
FORMER_MIGRATIONS = {("accounts", "0001_people_and_follows"), ("audit", "0001_log")}

# Domains that are not public (RFC 6761, RFC 8375, RFC 9476).
LOCAL_NAMES = ("localhost", "local", "test", "internal", "home.arpa", "testserver")


@register(STARTUP)
def check_settings(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Report settings with invalid values."""
    errors: list[CheckMessage] = [
        Error(
            f"{name} is {getattr(settings, name)}.",
            hint=f"Set it to a number from 1 to {POST_MAX_LENGTH_CEILING}.",
            id="microblog.E001",
        )
        for name in ("POST_MAX_LENGTH", "MESSAGE_MAX_LENGTH")
        if not 1 <= getattr(settings, name) <= POST_MAX_LENGTH_CEILING
    ]
    if not 1 <= settings.POSTS_PER_PAGE <= 100:
        errors.append(
            Error(
                f"POSTS_PER_PAGE is {settings.POSTS_PER_PAGE}.",
                hint="Set it to a number from 1 to 100.",
                id="microblog.E002",
            )
        )
    return errors


@register(STARTUP)
def check_hosts(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Report a public host in a configuration for developers, and a public site without hosts."""
    hosts = [*settings.ALLOWED_HOSTS, *filter(None, [urlsplit(settings.SITE_URL).hostname])]
    public = sorted({host for host in hosts if not is_local(host)})
    if not settings.IS_PUBLIC and public:
        hint = "Set CONFIGURATION=production, or take these out of ALLOWED_HOSTS and SITE_URL."
        text = f"CONFIGURATION is {settings.CONFIGURATION}, and the site serves {', '.join(public)}."
        return [Error(text, hint=hint, id="microblog.E003")]
    if settings.IS_PUBLIC and not settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the names under which the site is reached, such as example.org."
        return [Error("ALLOWED_HOSTS is empty: every page would be refused.", hint=hint, id="microblog.E004")]
    return []


@register(STARTUP)
def check_cache(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Warn about several processes that do not share a cache."""
    if settings.REDIS_URL or settings.WEB_CONCURRENCY < 2:
        return []
    return [
        checks.Warning(
            f"Each of {settings.WEB_CONCURRENCY} web processes has its own cache, and counts attempts separately.",
            hint="Set REDIS_URL, or WEB_CONCURRENCY=1 and use threads.",
            id="microblog.W001",
        )
    ]


@register(STARTUP)
def check_redis(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Warn about a Redis that other users of the machine or the network can write to."""
    if not settings.IS_PUBLIC or not settings.REDIS_URL:
        return []
    place = parse_url(settings.REDIS_URL)  # type: ignore[no-untyped-call] # redis has no types here
    socket = Path(place["path"]) if "path" in place else None
    if (socket.exists() and socket.stat().st_mode & stat.S_IWOTH) if socket else not place.get("password"):
        return [
            checks.Warning(
                "Redis accepts commands from anyone who can connect to it, including other users of this machine.",
                hint="Use a socket that only the site's group may write to, "
                "REDIS_URL=unix:///run/redis/redis-server.sock?db=0, or a password: "
                "REDIS_URL=redis://:PASSWORD@127.0.0.1:6379/0.",
                id="microblog.W002",
            )
        ]
    return []


@register(STARTUP)
def check_private_files(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Make the site's files private, and report those that belong to another user."""
    if not settings.IS_PUBLIC:
        return []
    return [
        Error(
            f"Other users of this machine can read {path}, which does not belong to the user of the site.",
            hint=f"As its owner: chmod go= {path}",
            id="microblog.E005",
        )
        for path in private_paths()
        if not make_private(path)
    ]


@register(Tags.database)
def check_tables(app_configs: object, databases: Iterable[str] | None, **kwargs: object) -> list[CheckMessage]:
    """Report a database with the tables of an earlier version, before `migrate` fails halfway."""
    try:
        former = [
            alias
            for alias in databases or ()
            if FORMER_MIGRATIONS & MigrationRecorder(connections[alias]).applied_migrations().keys()
        ]
    except OperationalError:
        return []  # the command itself reports that the database is unavailable
    return [
        Error(
            f"The database {connections[alias].settings_dict['NAME']} was made by an earlier version, "
            "and cannot be migrated to this one.",
            hint="Keep it for that version, in which users can export their data in Settings, Your exports. For "
            "this version, use an empty database in DATABASE_URL, or move the SQLite file away, and run `manage.py "
            "migrate`.",
            id="microblog.E006",
        )
        for alias in former
    ]


def is_local(host: str) -> bool:
    """Return whether an entry of ALLOWED_HOSTS is a private IP address or a local host name."""
    host = host.strip(".[]")
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host.endswith(tuple(f".{name}" for name in LOCAL_NAMES)) or host in LOCAL_NAMES


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with all errors of the startup checks."""
    errors = [message for message in run_checks(tags=[STARTUP]) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured(" ".join(f"{error.msg} {error.hint}" for error in errors))
