"""Draws one plot per score, and one of affinities, over a believable visitor's half year: `python docs/scores/draw.py`.

The numbers come from the engine itself; a test fails when the committed plots are not what this draws now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from engine.domain import affinities, scores
from engine.domain.visits import Visits, add

HOUR = 3_600_000
DAY = 24 * HOUR
DAYS = 180

LIFE: Sequence[tuple[int, int, int, str]] = (
    (2, 20, 4, "cycling"),
    (3, 21, 9, "cycling"),
    (10, 19, 5, "cycling"),
    (17, 20, 6, "cycling"),
    (24, 20, 4, "cycling"),
    (32, 21, 5, "cycling"),
    (38, 19, 7, "cycling"),
    (45, 20, 5, "cycling"),
    (52, 20, 6, "tents"),
    (54, 21, 12, "tents"),
    (55, 13, 18, "tents"),
    (56, 20, 9, "tents"),
    (57, 22, 14, "tents"),
    (58, 11, 22, "tents"),
    (59, 20, 6, "tents"),
    (60, 9, 3, "tents"),
    (66, 20, 4, "cycling"),
    (73, 20, 5, "cycling"),
    (81, 19, 4, "cycling"),
    (87, 20, 6, "cycling"),
    (102, 21, 2, "cycling"),
)
"""Visits as (day, hour, page views, topic): reading weekly, choosing a tent, reading again, then silence."""

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 100, 14, 56

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a }
.grid { stroke: #d0d7de; stroke-width: 1 }
.silence { fill: #afb8c1; opacity: .16 }
.visit { stroke: #8c959f; stroke-width: 2 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.first.line { stroke: #0969da } text.first { fill: #0969da; font-weight: 600 }
.second.line { stroke: #bc4c00 } text.second { fill: #bc4c00; font-weight: 600 }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1 }
.grid { stroke: #3d444d }
.visit { stroke: #7d8590 }
.first.line { stroke: #58a6ff } text.first { fill: #58a6ff }
.second.line { stroke: #f0883e } text.second { fill: #f0883e }
}
"""

Line = Sequence[tuple[float, float]]
"""Points as (day, value)."""


def plots() -> Mapping[str, str]:
    """Draw everything: file name → SVG text."""
    drawn = {f"{name}.svg": _plot(f"score_{name}", {name: _line(_score, name)}, 100) for name in scores.SCORE_NAMES}
    topics = {topic: _line(_affinity, topic) for topic in ("cycling", "tents")}
    return drawn | {"affinity.svg": _plot("affinity by topic", topics, 1)}


def _instants(day: int, hour: int, views: int) -> range:
    """List a visit's page views: one every two minutes."""
    start = day * DAY + hour * HOUR
    return range(start, start + views * 120_000, 120_000)


def _events(now: int) -> Iterable[tuple[int, str]]:
    for day, hour, views, topic in LIFE:
        yield from ((at, topic) for at in _instants(day, hour, views) if at <= now)


def _score(name: str, now: int) -> float | None:
    visits: Visits = ()
    for at, _ in _events(now):
        visits = add(visits, at, page_view=True)
    basis = scores.basis(visits)
    return None if basis is None else scores.score(basis, name, now)


def _affinity(topic: str, now: int) -> float | None:
    topics: affinities.Topics = {}
    for at, read in _events(now):
        topics = affinities.add(topics, at, {read: 1.0})
    return affinities.strength(topics, topic, now) if topic in topics else None


def _line(value_at: Callable[[str, int], float | None], name: str) -> Line:
    """Follow a value every six hours and at the end of every visit, leaving out points at which nothing changes."""
    ends = {_instants(day, hour, views)[-1] for day, hour, views, _ in LIFE}
    instants = sorted(ends | set(range(0, DAYS * DAY + 1, 6 * HOUR)))
    points = [(at / DAY, value) for at in instants if (value := value_at(name, at)) is not None]
    return [
        point
        for index, point in enumerate(points)
        if index in (0, len(points) - 1) or not points[index - 1][1] == point[1] == points[index + 1][1]
    ]


def _plot(title: str, lines: Mapping[str, Line], top: int) -> str:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{title} over {DAYS} days</title>\n<style>{STYLE}</style>",
        *_silence(),
        *_axes(top),
        *_visits(),
        *(part for number, (name, line) in enumerate(lines.items()) for part in _curve(number, name, line, top)),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _x(day: float) -> str:
    return f"{LEFT + day / DAYS * (WIDTH - LEFT - RIGHT):.1f}"


def _y(share: float) -> str:
    return f"{HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM):.1f}"


def _silence() -> Iterable[str]:
    start, end = _x(LIFE[-1][0] + 1), _x(DAYS)
    width = float(end) - float(start)
    yield f'<rect class="silence" x="{start}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - TOP - BOTTOM}"/>'
    yield f'<text x="{float(start) + width / 2:.1f}" y="{TOP + 14}" text-anchor="middle">nothing happens</text>'


def _axes(top: int) -> Iterable[str]:
    for share in (0, 0.5, 1):
        yield f'<line class="grid" x1="{LEFT}" x2="{_x(DAYS)}" y1="{_y(share)}" y2="{_y(share)}"/>'
        yield f'<text x="{LEFT - 6}" y="{float(_y(share)) + 4:.1f}" text-anchor="end">{share * top:g}</text>'
    for day in range(0, DAYS + 1, 30):
        yield f'<text x="{_x(day)}" y="{HEIGHT - 6}" text-anchor="middle">{"day " if not day else ""}{day}</text>'


def _visits() -> Iterable[str]:
    baseline = HEIGHT - BOTTOM
    for day, hour, views, _ in LIFE:
        at = _x(day + hour / 24)
        yield f'<line class="visit" x1="{at}" x2="{at}" y1="{baseline + 6}" y2="{baseline + 9 + views:g}"/>'
    yield f'<text x="{LEFT - 6}" y="{baseline + 18}" text-anchor="end">visits</text>'


def _curve(number: int, name: str, line: Line, top: int) -> Iterable[str]:
    look = ("first", "second")[number]
    path = " ".join(f"{_x(day)},{_y(value / top)}" for day, value in line)
    height = float(_y(line[-1][1] / top)) + 4 - 14 * number
    yield f'<polyline class="{look} line" points="{path}"/>'
    yield f'<text class="{look}" x="{float(_x(DAYS)) + 8:.1f}" y="{height:.1f}">{name}</text>'


if __name__ == "__main__":
    for file_name, svg in plots().items():
        (Path(__file__).parent / file_name).write_text(svg, encoding="utf-8")
