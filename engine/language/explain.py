"""Why a profile matches, or not: every test with what it expects, what is there, and when that can next change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from engine.language.definition import Definition
from engine.language.english import denied, expected, expected_events, label, summarise
from engine.language.leaves import reader
from engine.language.nodes import All, And, Did, Include, Leaf, Node, Not, Or, Test
from engine.language.operators.did import count_of, window_of, within
from engine.language.outlook import Outlook, combined, look_at, look_at_events, opposite
from engine.language.types import EventfulFields, MovingFields
from engine.language.words import write_date, write_number
from engine.values import Time, Value

_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the definition; `pointer` finds it in the JSON tree, `depth` is 0 for the whole."""

    pointer: str
    depth: int
    label: str
    expected: str
    actual: str | None
    matched: bool
    next_change_at: int | None
    event: str | None = None
    """Where it asks about events: their word."""
    happened: tuple[int, ...] = ()
    """When those that count now happened, newest first; of very many only as many as decide."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict, in one sentence and in steps from the whole down to each test."""

    matched: bool
    summary: str
    next_change_at: int | None
    steps: tuple[Step, ...]


def explain(definition: Definition, fields: MovingFields, now: int, included: Mapping[str, bool]) -> Explanation:
    """Tell how a profile stands to a definition at an instant, given the verdicts of included audiences."""
    walk = _Walk(fields, now, included)
    outlook = walk.visit(definition.root, "", 0)
    matched = bool(outlook.holds)
    return Explanation(matched, summarise(definition.root), outlook.until, tuple(walk.steps))


@dataclass(slots=True)
class _Walk:
    fields: MovingFields
    now: int
    included: Mapping[str, bool]
    steps: list[Step] = field(default_factory=list)

    def visit(self, node: Node, pointer: str, depth: int) -> Outlook:
        """Add the node's step, then those below it."""
        place = len(self.steps)
        self.steps.append(Step(pointer, depth, *self._described(node), False, None))
        outlook = self._outlook(node, pointer, depth + 1)
        told = replace(self.steps[place], matched=bool(outlook.holds), next_change_at=outlook.until)
        leaf = node.item if isinstance(node, Not) else node
        if isinstance(leaf, Did):
            told = replace(told, event=leaf.event, happened=tuple(self._counted(leaf)))
        self.steps[place] = told
        return outlook

    def _outlook(self, node: Node, pointer: str, depth: int) -> Outlook:
        match node:
            case All():
                return Outlook(True, None)
            case Include(slug):
                return Outlook(self.included[slug], None)
            case Not(item) if isinstance(item, Leaf):
                return opposite(self._outlook(item, pointer, depth))
            case Not(item):
                return opposite(self.visit(item, f"{pointer}/args/0", depth))
            case And(items) | Or(items):
                inside = [self.visit(item, f"{pointer}/args/{index}", depth) for index, item in enumerate(items)]
                return combined(isinstance(node, Or), inside)
            case Did():
                return look_at_events(node)(self.fields, self.now)
            case _:
                return look_at(node)(self.fields, self.now)

    def _described(self, node: Node) -> tuple[str, str, str | None]:
        """Give label, what is expected, and what is there; a denied test is one step."""
        match node:
            case All():
                return "Everyone", "anyone", None
            case And():
                return "All of", "each of the following holds", None
            case Or():
                return "Any of", "at least one of the following holds", None
            case Not(item) if isinstance(item, Leaf):
                return self._leaf(item, negated=True)
            case Not():
                return "Not", "the following does not hold", None
            case _:
                return self._leaf(node, negated=False)

    def _leaf(self, node: Leaf, negated: bool) -> tuple[str, str, str | None]:
        match node:
            case Include(slug):
                expectation = "is not a member" if negated else "is a member"
                return f"Audience {slug}", expectation, "member" if self.included[slug] else "not a member"
            case Did():
                return "Did not" if negated else "Did", expected_events(node), self._events(node)
            case _:
                return label(node.name), denied(node) if negated else expected(node), self._actual(node)

    def _actual(self, test: Test) -> str | None:
        value = reader(test.name)(self.fields)
        return None if value is None else shown_value(value)

    def _events(self, test: Did) -> str:
        """Say how often, as far as that is kept: one more than is asked about."""
        known, counted, asked = self._occurrences(test), self._counted(test), count_of(test)
        if not known:
            return "never"
        often = f"{len(counted)} time{'' if len(counted) == 1 else 's'}" if counted else "never in that time"
        times = ", ".join(write_date(instant) for instant in (counted or known)[:_MOST_SHOWN])
        return f"{often if len(counted) <= asked else f'more than {asked} times'}, last at {times}"

    def _counted(self, test: Did) -> list[int]:
        return within(self._occurrences(test), self.now, window_of(test))

    def _occurrences(self, test: Did) -> Sequence[int]:
        return cast(EventfulFields, self.fields).occurrences(test.leaf)


def shown_value(value: Value) -> str:
    """Show a field's value to people."""
    match value:
        case bool():
            return "true" if value else "false"
        case Time():
            return write_date(value)
        case float():
            return write_number(value)
        case str():
            return value
        case frozenset():
            return ", ".join(sorted(value)[:_MOST_SHOWN])
        case _:
            strongest = sorted(value.items(), key=lambda entry: -entry[1])[:_MOST_SHOWN]
            return ", ".join(f"{key} {number:.2f}" for key, number in strongest)
