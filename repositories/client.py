"""
A client of GitHub's REST API.

It connects to the server of GITHUB_API_URL alone: redirects and links to another one are refused. Tokens and responses
are never logged.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urljoin

import requests
import urllib3
from django.conf import settings
from django.utils import timezone

from microblog.core.http import seconds_until
from repositories.models import Issue, Repository
from repositories.payloads import Malformed, read_full_name, read_issue

Outcome = Repository.Outcome

PAGE_SIZE = 100
# Seconds to connect, between two bytes of the response, and for a request with its redirects.
CONNECT_TIMEOUT, READ_TIMEOUT, REQUEST_TIMEOUT = 3, 10, 30
MAX_REDIRECTS = 3
# A page of issues with the longest texts that GitHub accepts, which are not kept.
MAX_RESPONSE_BYTES = 32_000_000
CHUNK_BYTES = 65_536
# How long to wait when GitHub limits requests and does not say until when, as its documentation requires.
LIMIT_SECONDS = 60
API_VERSION = "2022-11-28"

_OUTCOMES = {
    401: Outcome.UNAUTHORIZED,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    410: Outcome.ISSUES_DISABLED,
    451: Outcome.BLOCKED,
}


class GitHubError(Exception):
    """A request failed: `outcome` says why, `limited_until` when GitHub accepts the next one, if it limits them."""

    def __init__(self, outcome: Repository.Outcome, *, limited_until: datetime | None = None) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
        self.limited_until = limited_until


@dataclass(frozen=True)
class _Response:
    status: int
    data: Any
    headers: Mapping[str, str]
    # The URL of the next page, or ''.
    next_url: str
    # Whether a permanent redirect led to it.
    is_moved: bool


@dataclass(frozen=True)
class Page:
    """A page of issues, in the order of their last change. `issues` is None if it is the one that `etag` named."""

    issues: list[Issue] | None
    etag: str
    next_url: str
    # Whether the repository has another name now.
    is_moved: bool


class GitHub:
    """The API of one server, with or without a token."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.session = requests.Session()
        # Takes the place of .netrc, which requests reads otherwise.
        self.session.auth = self._authorize
        self.session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "User-Agent": f"Microblog/{settings.VERSION}",
                "X-GitHub-Api-Version": API_VERSION,
            }
        )

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def list_issues(self, full_name: str, *, since: datetime | None, next_url: str = "", etag: str = "") -> Page:
        """
        Return a page of the issues and pull requests that changed at `since` or later, or that at `next_url`.

        Raise GitHubError.
        """
        query = {"state": "all", "sort": "updated", "direction": "asc", "per_page": PAGE_SIZE}
        if since is not None:
            query["since"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        url = next_url or f"{self.url}/repos/{full_name}/issues?{urlencode(query)}"
        response = self._get(url, etag=etag)
        if response.status == 304:
            return Page(None, etag, "", response.is_moved)
        if not isinstance(response.data, list) or response.next_url == url:
            raise GitHubError(Outcome.MALFORMED)
        try:
            issues = [read_issue(item) for item in response.data]
        except Malformed as error:
            raise GitHubError(Outcome.MALFORMED) from error
        return Page(issues, response.headers.get("ETag", "")[:200], response.next_url, response.is_moved)

    def get_issue(self, full_name: str, number: int) -> Issue | None:
        """Return an issue, None if the repository does not have it (any more). Raise GitHubError."""
        try:
            response = self._get(f"{self.url}/repos/{full_name}/issues/{number}")
            issue = read_issue(response.data)
        except GitHubError as error:
            if error.outcome in (Outcome.NOT_FOUND, Outcome.ISSUES_DISABLED):
                return None
            raise
        except Malformed as error:
            raise GitHubError(Outcome.MALFORMED) from error
        # One that was transferred is found in its new repository.
        is_elsewhere = not str(response.data.get("repository_url")).lower().endswith(f"/repos/{full_name}".lower())
        return None if is_elsewhere or issue.number != number else issue

    def get_full_name(self, full_name: str) -> tuple[str, str]:
        """Return the current owner and name of the repository that has or had this name. Raise GitHubError."""
        try:
            return read_full_name(self._get(f"{self.url}/repos/{full_name}").data)
        except Malformed as error:
            raise GitHubError(Outcome.MALFORMED) from error

    def _get(self, url: str, *, etag: str = "") -> _Response:
        """Request a URL and follow redirects of this server; raise GitHubError for all but 200 and 304."""
        deadline = time.monotonic() + REQUEST_TIMEOUT
        is_moved = False
        try:
            for _redirect in range(1 + MAX_REDIRECTS):
                response, content = self._send(self._checked(url), etag, deadline)
                if response.status_code not in (301, 302, 307, 308):
                    return self._read(response, content, is_moved=is_moved)
                is_moved |= response.status_code in (301, 308)
                url = urljoin(url, response.headers.get("Location", ""))
        except (requests.ConnectTimeout, requests.ReadTimeout, urllib3.exceptions.TimeoutError) as error:
            raise GitHubError(Outcome.UNREACHABLE) from error
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError) as error:
            raise GitHubError(Outcome.INTERRUPTED) from error
        except requests.ConnectionError as error:
            is_cut_off = isinstance(error.args[0] if error.args else None, urllib3.exceptions.ProtocolError)
            raise GitHubError(Outcome.INTERRUPTED if is_cut_off else Outcome.UNREACHABLE) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise GitHubError(Outcome.MALFORMED) from error
        raise GitHubError(Outcome.MALFORMED)

    def _checked(self, url: str) -> str:
        """Return a URL of this API; raise GitHubError for those of others."""
        if not url.startswith(f"{self.url}/"):
            raise GitHubError(Outcome.REDIRECTED)
        return url

    def _send(self, url: str, etag: str, deadline: float) -> tuple[requests.Response, bytes]:
        headers = {"If-None-Match": etag} if etag else {}
        timeout = (CONNECT_TIMEOUT, READ_TIMEOUT)
        with self.session.get(url, headers=headers, timeout=timeout, allow_redirects=False, stream=True) as response:
            content = bytearray()
            # What has arrived is read at once, so that the deadline holds for slow responses too.
            while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
                content += chunk
                if time.monotonic() > deadline:
                    raise GitHubError(Outcome.UNREACHABLE)
                if len(content) > MAX_RESPONSE_BYTES:
                    raise GitHubError(Outcome.MALFORMED)
            return response, bytes(content)

    def _read(self, response: requests.Response, content: bytes, *, is_moved: bool) -> _Response:
        status = response.status_code
        if status == 304:
            return _Response(status, None, response.headers, "", is_moved)
        if status in (403, 429) and (limited_until := _limited_until(response, content)):
            raise GitHubError(Outcome.RATE_LIMITED, limited_until=limited_until)
        if status >= 500:
            raise GitHubError(Outcome.SERVER_ERROR)
        if status != 200:
            raise GitHubError(_OUTCOMES.get(status, Outcome.MALFORMED))
        try:
            data = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise GitHubError(Outcome.MALFORMED) from error
        next_url = response.links.get("next", {}).get("url", "")
        return _Response(status, data, response.headers, next_url and self._checked(next_url), is_moved)


def _limited_until(response: requests.Response, content: bytes) -> datetime | None:
    """Return when GitHub accepts the next request, None if a 403 is not about a rate limit."""
    seconds = seconds_until(response.headers.get("Retry-After"))
    if seconds is None and response.headers.get("X-RateLimit-Remaining") == "0":
        seconds = seconds_until(response.headers.get("X-RateLimit-Reset"), is_unix_time=True)
    if seconds is None and (response.status_code == 429 or b"rate limit" in content[:1000].lower()):
        seconds = LIMIT_SECONDS
    return None if seconds is None else timezone.now() + timedelta(seconds=seconds)


def get_client() -> GitHub:
    """Return the client of the configured server, which is made when it is first used."""
    return _client(settings.GITHUB_API_URL, settings.GITHUB_TOKEN)


@lru_cache(maxsize=1)
def _client(url: str, token: str) -> GitHub:
    return GitHub(url, token)
