"""What became of a definition: which tests were added, removed or changed, line by line for people and for programs.

It goes by the tree. The order of what stands side by side means nothing, so a test that only moved has not changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.language.english import denied, expected, expected_events, label
from engine.language.nodes import All, And, Did, Include, Leaf, Node, Not, Or
from engine.language.printer import to_text

Group = And | Or | Not
_MOST_TOLD = 3


class Mark(StrEnum):
    """What became of a line."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Said:
    """A test or the heading of a group, in English and as it is written (a heading by its word alone)."""

    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of both versions, `depth` deep in groups; `was` is what a changed one said before."""

    mark: Mark
    depth: int
    said: Said
    was: Said | None = None
    is_heading: bool = False


def difference(before: Node, after: Node) -> tuple[Line, ...]:
    """Compare two trees; checked ones name their fields for people."""
    if _is_within(before, after):
        before = And((before,)) if isinstance(after, And) else Or((before,))
    elif _is_within(after, before):
        after = And((after,)) if isinstance(before, And) else Or((after,))
    return tuple(_groups(_as_group(before, after), _as_group(after, before), 0))


def sentences(lines: Sequence[Line]) -> list[str]:
    """Say what changed: each test where they are few, else how many."""
    moved = [line for line in lines if line.mark is not Mark.SAME]
    told = [line for line in moved if not line.is_heading or line.mark is Mark.CHANGED] or moved
    if len(told) <= _MOST_TOLD:
        return [_sentence(line) for line in told]
    counts = [(mark, sum(line.mark is mark for line in told)) for mark in (Mark.ADDED, Mark.REMOVED, Mark.CHANGED)]
    return [f"Rules: {', '.join(f'{number} {mark.value}' for mark, number in counts if number)}."]


def _sentence(line: Line) -> str:
    was = "" if line.was is None else f", it was: {line.was.words}"
    return f"{line.mark.value.capitalize()}: {line.said.words}{was}."


def _is_within(node: Node, other: Node) -> bool:
    """Tell whether a whole may have become a part: a group that the other has one of its kind of."""
    kinds = (And, Or) if isinstance(node, And) else (Or, And)
    return (
        isinstance(node, kinds[0])
        and isinstance(other, kinds[1])
        and any(isinstance(one, kinds[0]) for one in other.items)
    )


def _as_group(node: Node, other: Node) -> Group:
    """Give a group as it is; one test alone is a group of one, of the other's kind, as that says the same."""
    if isinstance(node, Group) and not _is_leaf(node):
        return node
    return Or((node,)) if isinstance(other, Or) else And((node,))


def _groups(before: Group, after: Group, depth: int) -> Iterator[Line]:
    heading, was = _said(after), _said(before)
    mark, former = (Mark.SAME, None) if heading == was else (Mark.CHANGED, was)
    yield Line(mark, depth, heading, former, is_heading=True)
    yield from _items(_inside(before), _inside(after), depth + 1)


def _items(before: Sequence[Node], after: Sequence[Node], depth: int) -> Iterator[Line]:
    """Give the items as they now stand, and those that went after the one that they stood after."""
    partners = _partners(before, after)
    gone = _gone_after(before, partners)
    for item in gone.get(None, ()):
        yield from _all(item, Mark.REMOVED, depth)
    for index, item in enumerate(after):
        partner = partners.get(index)
        yield from _all(item, Mark.ADDED, depth) if partner is None else _pair(before[partner], item, depth)
        for former in gone.get(index, ()):
            yield from _all(former, Mark.REMOVED, depth)


def _gone_after(before: Sequence[Node], partners: dict[int, int]) -> dict[int | None, list[Node]]:
    """List what went, by the place of the item that it stood after; None for what stood first."""
    kept = {partner: index for index, partner in partners.items()}
    gone: dict[int | None, list[Node]] = {}
    last: int | None = None
    for place, item in enumerate(before):
        if place in kept:
            last = kept[place]
        else:
            gone.setdefault(last, []).append(item)
    return gone


def _partners(before: Sequence[Node], after: Sequence[Node]) -> dict[int, int]:
    """Find for each item that is not new which it was: the same, else one about the same thing."""
    left: dict[str, list[int]] = {}
    for place, item in reversed(list(enumerate(before))):
        left.setdefault(to_text(item), []).append(place)
    partners = {index: places.pop() for index, item in enumerate(after) if (places := left.get(to_text(item)))}
    alike: dict[tuple[str, ...], dict[int, frozenset[str]]] = {}
    for place in sorted(place for places in left.values() for place in places):
        alike.setdefault(_subject(before[place]), {})[place] = _tests(before[place])
    for index, item in enumerate(after):
        if index not in partners and (free := alike.get(_subject(item))):
            partners[index] = _nearest(free, _tests(item))
            del free[partners[index]]
    return partners


def _nearest(free: Mapping[int, frozenset[str]], tests: frozenset[str]) -> int:
    """Choose the first of those that have the most tests in common; tests themselves have none."""
    return max(free, key=lambda place: len(free[place] & tests)) if tests else next(iter(free))


def _tests(node: Node) -> frozenset[str]:
    """List the tests in a group."""
    return frozenset() if _is_leaf(node) else frozenset(_leaves(node))


def _subject(node: Node) -> tuple[str, ...]:
    """Say what an item is about; what is about the same is the same item, changed."""
    match node:
        case Not(item) if _is_leaf(node):
            return _subject(item)
        case And() | Or() | Not():
            return ("",)
        case All():
            return ("*",)
        case Include(slug):
            return ("INCLUDE", slug)
        case Did(event):
            return ("DID", event)
        case _:
            return ("field", *node.name.parts)


def _leaves(node: Node) -> Iterator[str]:
    if _is_leaf(node):
        yield to_text(node)
    else:
        for item in _inside(node):
            yield from _leaves(item)


def _pair(before: Node, after: Node, depth: int) -> Iterator[Line]:
    if to_text(before) == to_text(after):
        yield from _all(after, Mark.SAME, depth)
    elif isinstance(before, Group) and isinstance(after, Group) and not _is_leaf(after):
        yield from _groups(before, after, depth)
    else:
        yield Line(Mark.CHANGED, depth, _said(after), _said(before))


def _all(node: Node, mark: Mark, depth: int) -> Iterator[Line]:
    """Give an item and all within it with one mark."""
    yield Line(mark, depth, _said(node), is_heading=not _is_leaf(node))
    if not _is_leaf(node):
        for item in _inside(node):
            yield from _all(item, mark, depth + 1)


def _is_leaf(node: Node) -> bool:
    """Tell whether it is one line: a test, or the denial of one."""
    inner = node.item if isinstance(node, Not) else node
    return isinstance(inner, Leaf | All)


def _inside(node: Node) -> tuple[Node, ...]:
    match node:
        case And(items) | Or(items):
            return items
        case Not(item):
            return (item,)
        case _:
            return ()


def _said(node: Node) -> Said:
    match node:
        case And():
            return Said("All of these hold", "AND")
        case Or():
            return Said("At least one of these holds", "OR")
        case Not(item) if _is_leaf(node):
            return Said(_denied(item), to_text(node))
        case Not():
            return Said("This does not hold", "NOT")
        case All():
            return Said("Everyone", to_text(node))
        case Include(slug):
            return Said(f"In the audience {slug}", to_text(node))
        case Did():
            return Said(f"Did {expected_events(node)}", to_text(node))
        case _:
            return Said(f"{label(node.name)} {expected(node)}", to_text(node))


def _denied(item: Node) -> str:
    match item:
        case All():
            return "Nobody"
        case Include(slug):
            return f"Not in the audience {slug}"
        case Did():
            return f"Did not {expected_events(item)}"
        case And() | Or() | Not():
            raise AssertionError("A denied group is a heading")
        case _:
            return f"{label(item.name)} {denied(item)}"
