"""Tables as Markdown has them."""

from __future__ import annotations


def heading(*names: str) -> None:
    """Print the names of the columns."""
    row(*names)
    row(*["---"] * len(names))


def row(*cells: object) -> None:
    """Print a line."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
