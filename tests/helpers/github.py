"""A server on this machine that implements the documented REST API of GitHub for issues, and fails on demand."""

import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import count
from operator import itemgetter
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.helpers.translation_service import Server

ELSEWHERE = "https://elsewhere.example/issues"
# A response for each way to fail, as (status, headers, body).
FAULTS = {
    "bad token": (401, {}, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}),
    "forbidden": (403, {}, {"message": "Resource not accessible by personal access token"}),
    "not found": (404, {}, {"message": "Not Found"}),
    "disabled": (410, {}, {"message": "Issues are disabled for this repo"}),
    "blocked": (451, {}, {"message": "Repository access blocked", "block": {"reason": "dmca"}}),
    "error": (500, {}, {"message": "Server Error"}),
    "bad gateway": (502, {}, b"<html>502 Bad Gateway</html>"),
    "unavailable": (503, {}, b""),
    "secondary": (403, {"Retry-After": "120"}, {"message": "You have exceeded a secondary rate limit."}),
    "secondary without a time": (403, {}, {"message": "You have exceeded a secondary rate limit."}),
    "too many": (429, {}, {"message": "Too many requests"}),
    "page": (200, {}, b"<html>Unicorn!</html>"),
    "half": (200, {}, b'[{"id": 1, "number"'),
    "object": (200, {}, {"message": "Hello"}),
    "strange issues": (200, {}, [{"id": "one", "number": None}]),
    "redirect elsewhere": (301, {"Location": ELSEWHERE}, {"url": ELSEWHERE}),
    "link elsewhere": (200, {"Link": f'<{ELSEWHERE}?page=2>; rel="next"'}, []),
    "redirect to nothing": (302, {}, {}),
}
# Those that end the connection.
BREAKS = ("drop", "cut off")


class GitHub:
    """Repositories with issues; `faults` are names that fail the next requests one by one, None lets one succeed."""

    def __init__(self, url):
        self.url = url
        self.requests = []
        self.faults = []
        self.repositories = {}
        # Former full names, and issues that were transferred: the URL that a request is redirected to.
        self.redirects = {}
        self.ids = count(1)
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.per_page = 100
        # Requests left until the reset, None for any number.
        self.remaining = None
        self.reset_at = 0
        # Whether a time in `since` is part of what it selects; the documentation is not clear.
        self.since_is_inclusive = True
        # Called after each response to a list of issues.
        self.after_list = lambda: None

    def tick(self, seconds=1):
        self.now += timedelta(seconds=seconds)

    def time(self):
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def add(self, full_name, issues=0):
        owner, name = full_name.split("/")
        repository = {"id": next(self.ids), "owner": {"login": owner}, "name": name, "issues": {}}
        self.repositories[full_name.lower()] = repository
        for _ in range(issues):
            self.open(full_name)
        return repository

    def issues_of(self, full_name):
        return self.repositories[full_name.lower()]["issues"]

    def open(self, full_name, **fields):
        issues = self.issues_of(full_name)
        number = max(issues, default=0) + 1
        issues[number] = {
            "id": 1_000_000 + next(self.ids),
            "node_id": "MDU6SXNzdWUx",
            "url": f"{self.url}/repos/{full_name}/issues/{number}",
            "repository_url": f"{self.url}/repos/{full_name}",
            "html_url": f"https://github.com/{full_name}/issues/{number}",
            "number": number,
            "state": "open",
            "state_reason": None,
            "title": f"Found a bug, number {number}",
            "body": "I'm having a problem with this.",
            "user": {"login": "octocat", "id": 1, "type": "User", "site_admin": False},
            "labels": [{"id": 208045946, "name": "bug", "color": "f29513", "default": True}],
            "assignee": None,
            "locked": False,
            "comments": 0,
            "closed_at": None,
            "created_at": self.time(),
            "updated_at": self.time(),
            **fields,
        }
        return issues[number]

    def change(self, full_name, number, **fields):
        issue = self.issues_of(full_name)[number]
        issue |= {"updated_at": self.time(), **fields}
        if "state" in fields:
            issue["closed_at"] = self.time() if fields["state"] == "closed" else None
        return issue

    def delete(self, full_name, number):
        del self.issues_of(full_name)[number]

    def transfer(self, full_name, number, target):
        issue = self.issues_of(full_name).pop(number)
        moved = self.open(target, title=issue["title"])
        repository = self.repositories[full_name.lower()]
        for path in (f"/repos/{full_name.lower()}", f"/repositories/{repository['id']}"):
            self.redirects[f"{path}/issues/{number}"] = f"{self.url}/repos/{target}/issues/{moved['number']}"

    def rename(self, full_name, new_name):
        repository = self.repositories.pop(full_name.lower())
        repository["owner"]["login"], repository["name"] = new_name.split("/")
        self.repositories[new_name.lower()] = repository
        for issue in repository["issues"].values():
            issue["repository_url"] = f"{self.url}/repos/{new_name}"
        self.redirects[f"/repos/{full_name.lower()}"] = f"{self.url}/repositories/{repository['id']}"

    def find(self, path):
        """Return (repository, the rest of the path) or (None, URL of a redirect or '')."""
        match = re.fullmatch(r"/repos/([^/]+/[^/]+)((?:/.*)?)", path) or re.fullmatch(r"/repositories/(\d+)(.*)", path)
        if not match:
            return None, ""
        key, rest = match[1].lower(), match[2]
        for repository in self.repositories.values():
            if key in (f"{repository['owner']['login']}/{repository['name']}".lower(), str(repository["id"])):
                return repository, rest
        target = self.redirects.get(f"/repos/{key}")
        return None, target and target + rest

    def respond(self, path, query):
        """Return (status, headers, body) of a request."""
        if target := self.redirects.get(path.lower()):
            return 301, {"Location": target}, {"message": "Moved Permanently", "url": target}
        repository, rest = self.find(path)
        if repository is None:
            if not rest:
                return FAULTS["not found"]
            target = f"{rest}?{urlencode(query)}" if query else rest
            return 301, {"Location": target}, {"message": "Moved Permanently", "url": target}
        if not rest:
            full_name = f"{repository['owner']['login']}/{repository['name']}"
            found = {key: value for key, value in repository.items() if key != "issues"}
            return 200, {}, {**found, "full_name": full_name, "private": False, "has_issues": True}
        if rest == "/issues":
            return self.list(repository, query)
        issue = repository["issues"].get(int(rest.removeprefix("/issues/")))
        return (200, {}, issue) if issue else (410, {}, {"message": "This issue was deleted"})

    def by_change(self, repository):
        return sorted(repository["issues"].values(), key=itemgetter("updated_at", "number"))

    def list(self, repository, query):
        assert (query["sort"], query["direction"], query["state"]) == ("updated", "asc", "all")
        issues = self.by_change(repository)
        find = bisect_left if self.since_is_inclusive else bisect_right
        issues = issues[find(issues, query.get("since", ""), key=itemgetter("updated_at")) :]
        size = min(int(query["per_page"]), self.per_page)
        page = int(query.get("page", 1))
        shown = issues[(page - 1) * size : page * size]
        headers = {}
        if len(issues) > page * size:
            following = urlencode({**query, "page": page + 1})
            url = f"{self.url}/repositories/{repository['id']}/issues?{following}"
            headers["Link"] = f'<{url}>; rel="next", <{url}>; rel="last"'
        return 200, headers, shown


class Handler(BaseHTTPRequestHandler):
    """Answer one request a connection, as of HTTP/1.0, so that none outlives its test."""

    def do_GET(self):
        github = self.server.github
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        fault = github.faults.pop(0) if github.faults else None
        request = {"path": address.path, "query": query, "headers": dict(self.headers), "status": fault}
        github.requests.append(request)
        if fault == "drop":
            self.close_connection = True
            return
        if fault == "primary" or (github.remaining is not None and github.remaining <= 0):
            reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(github.reset_at)}
            fault = (403, reset, {"message": "API rate limit exceeded for 127.0.0.1."})
        status, headers, body = (
            github.respond(address.path, query)
            if fault in (None, "cut off")
            else FAULTS[fault]
            if isinstance(fault, str)
            else fault
        )
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        etag = f'W/"{hashlib.sha256(content + str(headers).encode()).hexdigest()}"'
        if status == 200 and fault is None:
            headers = {**headers, "ETag": etag}
            if self.headers["If-None-Match"] == etag:
                status, content = 304, b""
        request["status"] = status
        if github.remaining is not None and status != 304:
            github.remaining -= 1
        self.answer(status, headers, content, is_cut_off=fault == "cut off")
        if address.path.endswith("/issues") and status in (200, 304):
            github.after_list()

    def answer(self, status, headers, content, *, is_cut_off):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        if status != 304:
            self.send_header("Content-Length", str(len(content) + 1000 * is_cut_off))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = is_cut_off or self.close_connection

    def log_message(self, *args):
        pass


@contextmanager
def run_github(kind: type[GitHub] = GitHub) -> Iterator[GitHub]:
    """Run the server on a free port."""
    server = Server(("127.0.0.1", 0), Handler)
    server.github = kind(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.github
    server.shutdown()
    server.server_close()
