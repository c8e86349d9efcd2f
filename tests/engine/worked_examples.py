"""Reads the tables of docs/scores.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from engine.domain.affinities import Topics
from engine.domain.affinities import add as add_topics
from engine.domain.visits import Visit, Visits, join
from engine.values import MILLISECONDS_A_DAY as DAY

DOCUMENT = Path(__file__).parents[2] / "docs" / "scores.md"


def rows(first_column: str, second_column: str) -> list[dict[str, str]]:
    """Give the rows of the table that begins with these columns, by column name."""
    heading, _, *lines = (
        DOCUMENT.read_text(encoding="utf-8").split(f"\n| {first_column} | {second_column} | ")[1].split("\n")
    )
    names = [first_column, second_column, *_cells(heading)]
    body = lines[: lines.index("")]
    return [dict(zip(names, _cells(line.strip("|")), strict=True)) for line in body]


def visits_in(text: str) -> Visits:
    """Read visits such as `4 on days 0, 7; 40 on day 30`."""
    return join((Visit(at, at, int(events), 0),) for events, at in _placed(text))


def topics_in(text: str) -> Topics:
    """Read page views such as `cycling on days 0–9; 0.5 tents on day 30`."""
    topics: Topics = {}
    for what, at in _placed(text):
        *relevance, topic = what.split()
        topics = add_topics(topics, at, {topic: float(relevance[0]) if relevance else 1.0})
    return topics


def noon(day: str) -> int:
    """Give the instant of noon of a day."""
    return int(day) * DAY + DAY // 2


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _placed(text: str) -> Iterator[tuple[str, int]]:
    for part in text.split("; "):
        what, days = re.split(r" on days? ", part)
        for stretch in days.split(", "):
            first, _, last = stretch.partition("–")
            yield from ((what, noon(str(day))) for day in range(int(first), int(last or first) + 1))
