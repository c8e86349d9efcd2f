"""The drawing of a profile as a join: devices and records on the left, names on the right, a line for each naming.

Both sides are columns of equally high rows, so a line's ends follow from its rows alone, however wide the page is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.identities import Name, Part, Whole
from engine.domain.events import Trust

MOST = 6
"""Rows on a side; the rest is a row that counts them."""
HEIGHT = 100.0


@dataclass(frozen=True, slots=True)
class Line:
    """From a row on the left to one on the right, as a path in a box of 100 by 100."""

    path: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn; `more_…` count what is left out."""

    parts: Sequence[tuple[Part, Sequence[tuple[Name, Trust]]]]
    """Each with the names it leads to, and how far that is believed."""
    names: Sequence[Name]
    lines: Sequence[Line]
    more_parts: int
    more_names: int


def picture(whole: Whole) -> Picture:
    """Draw a profile."""
    names = whole.names[:MOST]
    parts = [(part, _named(part, names)) for part in whole.parts[:MOST]]
    more_parts, more_names = len(whole.links) - len(parts), len(whole.names) - len(names)
    left, right = len(parts) + bool(more_parts), max(1, len(names) + bool(more_names))
    rows = {name.key: row for row, name in enumerate(names)}
    lines = [
        Line(_path(_middle(at, left), _middle(rows[name.key], right)), trust)
        for at, (_, named) in enumerate(parts)
        for name, trust in named
    ]
    return Picture(parts, names, lines, more_parts, more_names)


def _named(part: Part, names: Sequence[Name]) -> list[tuple[Name, Trust]]:
    """A line is believed as far as both its ends are."""
    return [(name, min(part.link.trust, name.identity.trust)) for name in names if name.key in part.names]


def _middle(row: int, rows: int) -> float:
    return HEIGHT * (row + 0.5) / rows


def _path(start: float, end: float) -> str:
    return f"M0 {start:.2f}C50 {start:.2f} 50 {end:.2f} 100 {end:.2f}"
