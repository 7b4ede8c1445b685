"""MkDocs hooks, which insert generated content into pages."""

import re
from collections.abc import Iterator
from typing import Any

from scripts.environment import ROOT

PLACE = "<!-- variables -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the placeholder of a page by the table of variables."""
    return markdown.replace(PLACE, "\n".join(variables())) if PLACE in markdown else markdown


def variables() -> Iterator[str]:
    """Return a table for each part of `.env.example`: every variable, what its comment says, and its default."""
    names: list[str] = []
    text = ""
    for line in [*(ROOT / ".env.example").read_text().splitlines(), ""]:
        variable = re.fullmatch(r"(?:# )?([A-Z_]+)=\S*", line)
        if names and not variable:
            yield _row(names, text)
            names, text = [], ""
        if variable:
            names.append(variable[1])
        elif heading := re.fullmatch(r"# --- (.+) ---", line):
            yield f"\n## {heading[1]}\n\n| Variable | | Default |\n|---|---|---|"
            text = ""
        elif line.startswith("#"):
            text += line.removeprefix("#")
        else:
            text = ""


def _row(names: list[str], text: str) -> str:
    explained = re.fullmatch(r"(?P<text>.*?)(?:\[(?P<default>[^]]*)\])?", text.strip())
    found = explained.groupdict() if explained else {"text": text, "default": None}
    cells = ["<br>".join(f"`{name}`" for name in names), found["text"] or "", found["default"] or ""]
    return f"| {' | '.join(cell.strip().replace('|', chr(92) + '|') for cell in cells)} |"
