"""URLs of repositories as people copy them from GitHub."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from microblog.core.exceptions import DomainError

OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# Any of these characters, but neither "." nor "..".
NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
SCHEMES = {"https", "http", "ssh", "git"}
# git@github.com:owner/name.git
_SCP = re.compile(r"(?:git@)([^/:]+):(.*)")


class NotFromGitHub(DomainError):
    """The URL is not one of the configured server."""

    def __init__(self) -> None:
        super().__init__(_("Not from Github! Aborting."), field="url")


class InvalidURL(DomainError):
    """The URL does not name a repository."""

    def __init__(self) -> None:
        super().__init__(_("Invalid Github project URL format!"), field="url")


def parse_repository_url(url: str) -> tuple[str, str]:
    """
    Return the owner and the name in the URL of a repository.

    `https://github.com/owner/name` may end with `.git` or a slash, begin with `www.` or without a scheme, and be the
    one for SSH. Raise NotFromGitHub or InvalidURL.
    """
    url = url.strip()
    if scp := _SCP.fullmatch(url):
        url = f"ssh://git@{scp[1]}/{scp[2]}"
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        raise NotFromGitHub from None
    host = urlsplit(settings.GITHUB_URL).netloc.lower()
    netloc = parts.netloc.lower()
    if parts.scheme in ("ssh", "git"):
        netloc = netloc.removeprefix("git@")
    if parts.scheme not in SCHEMES or netloc not in (host, f"www.{host}"):
        raise NotFromGitHub
    path = parts.path.removesuffix("/").removesuffix(".git")
    match path.split("/"):
        case ["", owner, name] if OWNER.fullmatch(owner) and NAME.fullmatch(name):
            return owner, name
    raise InvalidURL
