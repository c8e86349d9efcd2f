"""Draws the model of docs/identity.md: `.venv/bin/python docs/pictures/identity.py`.

A test fails when the committed drawing is not what this draws now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT = 860, 408
FRAGMENT, HOME, PROFILE = (24, 200), (344, 196), (656, 180)
"""Left edge and width of the three columns."""

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.head { font-weight: 600; font-size: 14px }
.soft { fill: #59636e; font-size: 12px }
.box { fill: #ffffff; stroke: #d1d9e0 }
.home { fill: #f3f2fe; stroke: #a9a4f0 }
.profile { fill: #4338ca; stroke: none }
.profile-said { fill: #ffffff; font-weight: 600 }
.profile-more { fill: #dcdafc; font-size: 12px }
.device { fill: none; stroke: #818b98; stroke-dasharray: 2 3 }
path { fill: none; stroke-width: 2 }
.claimed { stroke: #818b98; stroke-dasharray: 5 4 }
.own { stroke: #a9a4f0 }
.verified { stroke: #1a7f37 }
.server { stroke: #4338ca; stroke-width: 3 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.soft { fill: #9198a1 }
.box { fill: #151b23; stroke: #3d444d }
.home { fill: #27264a; stroke: #6e69c9 }
.profile { fill: #a7a4ff }
.profile-said { fill: #14122e }
.profile-more { fill: #2f2b66 }
.device { stroke: #9198a1 }
.claimed { stroke: #9198a1 }
.own { stroke: #6e69c9 }
.verified { stroke: #3fb950 }
.server { stroke: #a7a4ff }
}
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A box with two lines of text; `top` and `height` in the drawing's units."""

    title: str
    more: str
    top: int
    height: int = 50

    @property
    def middle(self) -> float:
        """Give the height at which lines meet it."""
        return self.top + self.height / 2


TABLET = Box("Tablet", "said ada@work.example", 56)
PHONE = Box("Phone", "a token proves customer-7", 120)
RECORD = Box("Your server", "wrote of customer-7", 184)
LAPTOP = Box("Laptop, as Ada", "said ada@example.com", 258)
LAPTOP_BOB = Box("Laptop, as Bob", "then said bob@example.com", 316)

HOME_WORK = Box("ada@work.example", "", 63, 36)
HOME_ADA = Box("customer-7", "ada@example.com", 184)
HOME_BOB = Box("bob@example.com", "", 323, 36)

ADA = Box("Profile 1", "the join of four fragments", 181, 56)
BOB = Box("Profile 5", "one fragment", 313, 56)

LINKS: Sequence[tuple[Box, Box, str]] = (
    (PHONE, HOME_ADA, "verified"),
    (LAPTOP, HOME_ADA, "claimed"),
    (RECORD, HOME_ADA, "server"),
    (LAPTOP_BOB, HOME_BOB, "claimed"),
    (TABLET, HOME_WORK, "claimed"),
)


def drawing() -> str:
    """Draw it: SVG text, light and dark."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Fragments lead by names to homes, homes to profiles</title>",
        f"<style>{STYLE}</style>",
        *_heads(),
        *(_line(FRAGMENT, start, HOME, end, trust) for start, end, trust in LINKS),
        _line(HOME, HOME_ADA, PROFILE, ADA, "own"),
        _line(HOME, HOME_BOB, PROFILE, BOB, "own"),
        _line(HOME, HOME_WORK, PROFILE, ADA, "server"),
        *_said(HOME[0] + HOME[1] + 72, 96, "merged by your server,", "taken back by cutting this line"),
        f'<rect class="device" x="12" y="250" width="{FRAGMENT[1] + 24}" height="124" rx="12"/>',
        *(part for box in (PHONE, LAPTOP, LAPTOP_BOB, RECORD, TABLET) for part in _box(FRAGMENT, box, "box")),
        *(part for box in (HOME_ADA, HOME_BOB, HOME_WORK) for part in _box(HOME, box, "home")),
        *(part for box in (ADA, BOB) for part in _box(PROFILE, box, "profile")),
        *_legend(),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _heads() -> Iterable[str]:
    heads = (("Fragments", "what each device told"), ("Homes", "what names share"), ("Profiles", "what you ask about"))
    for (left, _), (head, more) in zip((FRAGMENT, HOME, PROFILE), heads, strict=True):
        yield f'<text class="head" x="{left}" y="22">{head}</text>'
        yield f'<text class="soft" x="{left}" y="40">{more}</text>'


def _box(column: tuple[int, int], box: Box, kind: str) -> Iterable[str]:
    left, width = column
    said, more = ("profile-said", "profile-more") if kind == "profile" else ("head", "soft")
    yield f'<rect class="{kind}" x="{left}" y="{box.top}" width="{width}" height="{box.height}" rx="9"/>'
    baseline = box.middle + (5 if not box.more else -3)
    yield f'<text class="{said}" x="{left + 14}" y="{baseline:g}">{box.title}</text>'
    if box.more:
        yield f'<text class="{more}" x="{left + 14}" y="{box.middle + 15:g}">{box.more}</text>'


def _line(start: tuple[int, int], box: Box, end: tuple[int, int], other: Box, trust: str) -> str:
    left, right = start[0] + start[1], end[0]
    middle = (left + right) / 2
    curve = f"M{left} {box.middle:g}C{middle:g} {box.middle:g} {middle:g} {other.middle:g} {right} {other.middle:g}"
    return f'<path class="{trust}" d="{curve}"/>'


def _said(left: int, top: int, *lines: str) -> Iterable[str]:
    for number, line in enumerate(lines):
        yield f'<text class="soft" x="{left}" y="{top + 16 * number}">{line}</text>'


def _legend() -> Iterable[str]:
    meanings = (("claimed", "a page said so"), ("verified", "a token proves it"), ("server", "your server said so"))
    for number, (trust, meaning) in enumerate(meanings):
        left = FRAGMENT[0] + number * 220
        yield f'<path class="{trust}" d="M{left} {HEIGHT - 12}h34"/>'
        yield f'<text class="soft" x="{left + 44}" y="{HEIGHT - 8}">{trust}: {meaning}</text>'


if __name__ == "__main__":
    (Path(__file__).parent / "identity.svg").write_text(drawing(), encoding="utf-8")
