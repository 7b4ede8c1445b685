"""A copy of the public blog as files, which any web server can serve."""

from __future__ import annotations

import posixpath
import re
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import unescape as xml_unescape

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory, override_settings
from django.urls import Resolver404, resolve
from django.utils._os import safe_join
from django.views.defaults import page_not_found

from accounts.models import User
from blog.models import Entry, Snippet, Tag
from microblog.core.performance.urls import cached_reverse
from microblog.core.requests import FROZEN

# The pages of the copy, by the names of their URLs.
COPIED = {
    *(f"entries:{page}" for page in ("list", "author", "author_feed", "tag", "tag_feed", "detail")),
    *(f"snippets:{page}" for page in ("list", "author", "detail")),
    *("latest", "sitemap", "sitemap_section", "accounts:avatar"),
}
NOT_FOUND = "404.html"
# Tags that have links, and each attribute of theirs, so that nothing in a value is taken for an attribute.
_TAG = re.compile(r"<(?:a|link|script|img|use)(?=\s)([^<>]*)")
_ATTRIBUTE = re.compile(r'\s+([^\s"=]+)="([^"]*)"')
_LINKS = {"href", "src"}
# The escaped HTML of an entry in a feed.
_CONTENT = re.compile(r'(?<=<content type="html">)[^<]*')
_STYLE_LINK = re.compile(r"""url\(["']?([^"')\s]+)""")
_SCRIPT_LINK = re.compile(r"""(?:import|from)\s*["'](\.[^"']+)""")
_PAGE_OF_LIST = re.compile(r"(before|after)=(\d+)")


class FreezeError(Exception):
    """The copy was not made, and the former one is as it was."""


@dataclass(frozen=True)
class Result:
    """What was done: the files of the copy, and those that were new or changed, and removed."""

    files: int
    written: int
    removed: int


def freeze(output: Path, *, base_url: str) -> Result:
    """
    Write the public blog to the folder `output`, as it is reached under `base_url`, and replace what is there at once.

    Files that are the same are kept; if all are, nothing is written. Raise FreezeError if a page fails.
    """
    output = output.absolute()
    output.parent.mkdir(parents=True, exist_ok=True)
    root = urlsplit(base_url)
    if root.scheme not in ("http", "https") or not root.hostname or root.path.strip("/"):
        raise FreezeError(f"{base_url} is not the URL of a host, such as https://blog.example.org.")
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as name:
        folder = Path(name) / "new"
        folder.mkdir(mode=0o755)
        with override_settings(SITE_URL=base_url.rstrip("/"), ALLOWED_HOSTS=[root.hostname]):
            _Copy(folder, base_url).write()
        return _replace(output, folder, Path(name) / "old")


class _Copy:
    """The pages and static files that are reached from the lists, the feeds and the sitemap."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        root = urlsplit(base_url)
        port = root.port or {"https": 443}.get(root.scheme, 80)
        self.visit = {FROZEN: True, "SERVER_NAME": root.hostname or "", "SERVER_PORT": str(port)}
        self.is_secure = root.scheme == "https"
        self.client = Client(raise_request_exception=False, **self.visit)
        self.waiting: deque[str] = deque()
        self.known: set[str] = set()
        # The pages in which links are rewritten when all pages are known.
        self.pages: list[tuple[str, Path]] = []
        self.found: set[str] = set()

    def write(self) -> None:
        required = dict.fromkeys(_unlinked())
        self.add(required)
        while self.waiting:
            url = self.waiting.popleft()
            if url.startswith(settings.STATIC_URL):
                self.copy_static_file(url)
            else:
                self.copy_page(url, is_required=url in required)
        for url, path in self.pages:
            rewrite = self.rewrite_feed if path.suffix == ".atom" else self.rewrite_page
            path.write_text(rewrite(url, path.read_text()))
        request = RequestFactory(**self.visit).get("/", secure=self.is_secure)
        request.user = AnonymousUser()
        page = page_not_found(request, Exception()).content.decode()
        (self.folder / NOT_FOUND).write_text(self.rewrite_page("/", page))

    def add(self, urls: Iterable[str]) -> None:
        for url in urls:
            if url not in self.known:
                self.known.add(url)
                self.waiting.append(url)

    def copy_page(self, url: str, *, is_required: bool) -> None:
        response = self.client.get(url, secure=self.is_secure)
        if response.status_code >= 500 or (is_required and response.status_code != 200):
            raise FreezeError(f"{url} answers {response.status_code}.")
        if response.status_code != 200:
            return
        path = self.store(url, response.content)
        if path.suffix in (".html", ".atom"):
            self.pages.append((url, path))
        if path.suffix == ".html":
            self.add(filter(self.is_copied, (_target(url, link) for link in _links(path.read_text()))))

    def copy_static_file(self, url: str) -> None:
        name = unquote(urlsplit(url).path.removeprefix(settings.STATIC_URL))
        # Collected, or where developers keep them.
        source = safe_join(settings.STATIC_ROOT, name) if settings.STATIC_ROOT else finders.find(name)
        if not isinstance(source, str) or not Path(source).is_file():
            raise FreezeError(f"{url} is not among the static files.")
        content = Path(source).read_bytes()
        self.store(url, content)
        pattern = {".css": _STYLE_LINK, ".js": _SCRIPT_LINK}.get(posixpath.splitext(name)[1])
        if pattern:
            links = (_target(url, found[1]) for found in pattern.finditer(content.decode()))
            self.add(link for link in links if link.startswith(settings.STATIC_URL))

    def is_copied(self, url: str) -> bool:
        if url.startswith(settings.STATIC_URL):
            return True
        try:
            return url.startswith("/") and resolve(unquote(urlsplit(url).path)).view_name in COPIED
        except Resolver404:
            return False

    def store(self, url: str, content: bytes) -> Path:
        path = self.folder / unquote(_place(url)).lstrip("/")
        if self.folder not in path.resolve().parents:
            raise FreezeError(f"{url} is outside the folder.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.found.add(url)
        return path

    def rewrite_page(self, url: str, page: str) -> str:
        rewrite = partial(self.rewrite, url)
        return _TAG.sub(lambda tag: _ATTRIBUTE.sub(rewrite, tag[0]), page)

    def rewrite_feed(self, url: str, feed: str) -> str:
        return _CONTENT.sub(lambda content: xml_escape(self.rewrite_page(url, xml_unescape(content[0]))), feed)

    def rewrite(self, url: str, attribute: re.Match[str]) -> str:
        """Return a link to a file of the copy or to another site, and nothing for one to a missing page."""
        name, value = attribute.groups()
        link = unescape(value)
        if name not in _LINKS or link.startswith("#"):
            return attribute[0]
        target = _target(url, link)
        if target in self.found:
            fragment = f"#{urlsplit(link).fragment}" if urlsplit(link).fragment else ""
            origin = settings.SITE_URL if link.startswith(settings.SITE_URL) else ""
            return f' {name}="{escape(origin + _place(target).removesuffix("index.html") + fragment)}"'
        return "" if target.startswith("/") else attribute[0]


def _links(page: str) -> Iterator[str]:
    """Yield what the links of a page lead to."""
    for tag in _TAG.finditer(page):
        yield from (unescape(value) for name, value in _ATTRIBUTE.findall(tag[1]) if name in _LINKS)


def _unlinked() -> Iterator[str]:
    """Yield the URLs at which the copy begins: lists, feeds, and each text, author and tag, linked or not."""
    for name in ("entries:list", "snippets:list", "latest", "sitemap"):
        yield cached_reverse(name)
    for kind in ("entries", "snippets"):
        yield cached_reverse("sitemap_section", kind)
    for model in (Entry, Snippet):
        rows = model._default_manager.visible_to(AnonymousUser()).published()
        for slug in rows.values_list("slug", flat=True).iterator():
            yield cached_reverse(f"{model.namespace}:detail", slug)
        authors = User.objects.filter(pk__in=rows.values("author"))
        for username in authors.values_list("username", flat=True).iterator():
            yield cached_reverse(f"{model.namespace}:author", username)
            if model is Entry:
                yield cached_reverse("entries:author_feed", username)
    tags = Tag.objects.filter(entries__in=Entry.objects.visible_to(AnonymousUser()).published()).distinct()
    for slug in tags.values_list("slug", flat=True):
        yield cached_reverse("entries:tag", slug)
        yield cached_reverse("entries:tag_feed", slug)


def _target(url: str, link: str) -> str:
    """Return what a link of a page leads to: the URL without host and fragment on the site itself, else as it is."""
    absolute = urlsplit(urljoin(f"{settings.SITE_URL}{url}", link))
    if f"{absolute.scheme}://{absolute.netloc}" != settings.SITE_URL:
        return link
    return absolute._replace(scheme="", netloc="", fragment="").geturl()


def _place(url: str) -> str:
    """Return the path of the file for a URL; a further page of a list has a folder in place of the query."""
    parts = urlsplit(url)
    path = parts.path
    if position := _PAGE_OF_LIST.fullmatch(parts.query):
        path = f"{path}page/{position[1]}-{position[2]}/"
    return f"{path}index.html" if path.endswith("/") else path


def _replace(output: Path, new: Path, old: Path) -> Result:
    """Move a new folder to the place of another, with files that are the same kept, unless all are."""
    before = {path.relative_to(output): path for path in output.rglob("*") if path.is_file()}
    after = {path.relative_to(new): path for path in new.rglob("*") if path.is_file()}
    same = {name for name, path in after.items() if name in before and path.read_bytes() == before[name].read_bytes()}
    result = Result(files=len(after), written=len(after) - len(same), removed=len(before.keys() - after.keys()))
    if result.written or result.removed:
        for name in same:
            after[name].unlink()
            after[name].hardlink_to(before[name])
        if output.exists():
            output.rename(old)
        try:
            new.rename(output)
        except OSError:
            if old.exists():
                old.rename(output)
            raise
        shutil.rmtree(old, ignore_errors=True)
    return result
