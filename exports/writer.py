"""
Write the archive of a user's data: JSON files, and HTML pages without scripts.

Archives are written page by page, so that one page fits in memory and writing can stop after each. write_page() adds
fragments to the ZIP file of a slice; finish() joins the files of all slices.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from textwrap import indent
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import User
from api.fields import format_time
from exports.sections import get_facts, get_sections
from microblog.core.archive import START, Key, Section

# Rows on one page of the archive, unless the section says otherwise.
PAGE = 500
CHUNK = 64 * 1024
# Most bytes of posts.json that are attached to a mail.
MAX_ATTACHED = 2_000_000


@dataclass
class Place:
    """
    How far an archive is written: the next section and page, the key before it, and the rows of each section.

    Stored as JSON. The section is a name, so that an export continues correctly when apps add sections.
    """

    section: str = ""
    page: int = 1
    after: Key = field(default_factory=START.copy)
    fragments: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def next_section(self) -> Section | None:
        """The section to write next, or None at the end."""
        if self.section:
            return get_sections()[self.section]
        return next((section for name, section in get_sections().items() if name not in self.counts), None)


def count_rows(user: User) -> int:
    """Return the number of rows in all sections."""
    return sum(section.rows(user, START).count() for section in get_sections().values())


def write_page(part: ZipFile, user: User, place: Place, section: Section) -> Place:
    """Write the next page of a section to the file of a slice, and return the next place."""
    size = section.page_size or PAGE
    rows = list(section.rows(user, place.after)[: size + 1])
    is_last = len(rows) <= size
    rows = rows[:size]
    before = place.counts.get(section.name, 0)
    entries = section.entries(user, rows)
    text = _json(section.name, entries, before=before, is_first=place.page == 1, is_last=is_last)
    # Numbered, because a file of the archive has many fragments and names must be unique.
    part.writestr(f"{place.fragments}/{section.name}.json", text)
    if section.details:
        name, details = section.details
        text = _json(name, details(user, rows), before=before, is_first=place.page == 1, is_last=is_last)
        part.writestr(f"{place.fragments}/{name}.json", text)
    if rows:
        pairs = list(zip(rows, entries, strict=True))
        context = {"section": section, "pairs": pairs, "page": place.page, "is_last": is_last}
        # Lazy, so that the template evaluates it in its language.
        context["records"] = (([line for line in section.lines(row) if line], row.created_at) for row in rows)
        html = render(f"{section.template}.html", user, context)
        part.writestr(f"{place.fragments}/pages/{section.name}-{place.page}.html", html)
    counts = place.counts | {section.name: before + len(rows)}
    if is_last:
        return Place(fragments=place.fragments + 1, counts=counts)
    return Place(section.name, place.page + 1, section.key(rows[-1]), place.fragments + 1, counts)


def _json(name: str, entries: Sequence[dict[str, Any]], *, before: int, is_first: bool, is_last: bool) -> str:
    """Return a page of a JSON list: all pages together equal json.dumps({name: [...]}, indent=4)."""
    text = ",".join("\n" + indent(json.dumps(entry, indent=4), " " * 8) for entry in entries)
    start = f'{{\n    "{name}": [' if is_first else "," if entries else ""
    end = ("\n    ]" if before or entries else "]") + "\n}" if is_last else ""
    return start + text + end


def finish(archive: IO[bytes], parts: Iterable[IO[bytes]], user: User, place: Place) -> None:
    """Join the files of the slices, and add the facts, the index page and the manifest."""
    sums: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack, ZipFile(archive, "w", ZIP_DEFLATED) as target:
        fragments: dict[str, list[tuple[ZipFile, str]]] = {}
        for part in parts:
            source = stack.enter_context(ZipFile(part))
            for name in source.namelist():
                fragments.setdefault(name.partition("/")[2], []).append((source, name))
        pages = dict.fromkeys(place.counts, 0)
        for name, pieces in fragments.items():
            sums[name] = _join(target, name, pieces)
            if name.endswith(".html"):
                pages[name.removeprefix("pages/").rpartition("-")[0]] += 1
        facts = {name: of(user) for name, of in get_facts()}
        sections = get_sections().items()
        lists = [(section, place.counts[name], range(1, pages[name] + 1)) for name, section in sections]
        texts = {f"{name}.json": json.dumps(known, indent=4) for name, known in facts.items()}
        texts["index.html"] = render("index.html", user, {"lists": lists, **facts})
        for name, text in texts.items():
            target.writestr(name, text)
            sums[name] = {"bytes": len(text.encode()), "sha256": hashlib.sha256(text.encode()).hexdigest()}
        manifest = {
            "site": settings.SITE_URL,
            "username": user.username,
            "made_at": format_time(timezone.now()),
            "counts": place.counts,
            "files": dict(sorted(sums.items())),
        }
        target.writestr("manifest.json", json.dumps(manifest, indent=4))


def read_posts(archive: IO[bytes]) -> bytes:
    """Return posts.json of a finished archive, or b"" if it is too large for a mail."""
    with ZipFile(archive) as source:
        is_small = source.getinfo("posts.json").file_size <= MAX_ATTACHED
        return source.read("posts.json") if is_small else b""


def _join(target: ZipFile, name: str, pieces: Iterable[tuple[ZipFile, str]]) -> dict[str, Any]:
    """Join the fragments of a file, and return its size and checksum."""
    digest, size = hashlib.sha256(), 0
    with target.open(name, "w", force_zip64=True) as file:
        for source, fragment in pieces:
            with source.open(fragment) as piece:
                while chunk := piece.read(CHUNK):
                    digest.update(chunk)
                    size += file.write(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}


def render(template: str, user: User, context: dict[str, Any]) -> str:
    """Render a page of the archive in the user's language and time zone."""
    with translation.override(user.language or settings.LANGUAGE_CODE), timezone.override(user.zone):
        frame = {"person": user, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        return render_to_string(f"exports/archive/{template}", frame | context)
