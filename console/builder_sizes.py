"""How many people each rule and each group matches alone: as lines under the text, and as the rows that show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from console.rules import EventRule, Group, How, Item
from engine.language.nodes import And, Node, Not, Or
from engine.language.parser import parse
from engine.language.printer import to_text
from engine.ports import Preview

_JOINED = {
    (And, False): "All of these",
    (Or, False): "Any of these",
    (Or, True): "None of these",
    (And, True): "Not all of these",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in the segment language, or how a group joins the lines below it, with the size of it alone."""

    text: str
    depth: int
    size: int
    is_group: bool
    rows: tuple[int, ...]
    """Which rows show it: 0 is the outermost group, the others follow in reading order."""


def lines(preview: Preview, rows: Group) -> list[Line]:
    """Tell the size of each rule and group of a definition; `rows` show the same definition."""
    shown: dict[str, list[int]] = {}
    for at, pointer in enumerate(pointers(rows)):
        if pointer is not None:
            shown.setdefault(pointer, []).append(at)
    sizes = {step.pointer: step.size for step in preview.steps}
    return [
        Line(text, depth, sizes[pointer], is_group, tuple(shown.get(pointer, ())))
        for pointer, depth, text, is_group in _lines(parse(preview.text), "", 0)
        if pointer in sizes
    ]


def pointers(root: Group) -> list[str | None]:
    """Give the place in the tree of the outermost group, then of all in it; None for a condition on an event."""
    if root.how in (How.ALL, How.ANY) and len(root.items) == 1:
        return ["", *_pointers(root.items[0], "")]
    return [*_pointers(root, "")]


def _pointers(item: Item, pointer: str) -> Iterator[str | None]:
    yield pointer
    match item:
        case EventRule():
            yield from (None for _ in item.conditions)
        case Group(how, items):
            joined = f"{pointer}/args/0" if how in (How.NONE, How.NOT_ALL) else pointer
            for at, one in enumerate(items):
                yield from _pointers(one, f"{joined}/args/{at}")


def _lines(node: Node, pointer: str, depth: int) -> Iterator[tuple[str, int, str, bool]]:
    """Give place, depth, text and whether it is a group; what denies a group is one line with it."""
    denied = isinstance(node, Not)
    group, joined = (node.item, f"{pointer}/args/0") if isinstance(node, Not) else (node, pointer)
    if not isinstance(group, And | Or):
        yield pointer, depth, to_text(node), False
        return
    yield pointer, depth, _JOINED[type(group), denied], True
    for at, item in enumerate(group.items):
        yield from _lines(item, f"{joined}/args/{at}", depth + 1)
