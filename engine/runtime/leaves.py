"""What DID asks about in live audiences, counted on every fragment: from each event as it comes, and from the log for
a leaf that is new. A fragment knows up to which number it has counted, so nothing is ever counted in the dark."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from engine.domain import occurrences
from engine.domain.events import Event
from engine.domain.occurrences import Done
from engine.domain.profiles import EMPTY, Fragment
from engine.language.events import BUILT_IN, tests_in
from engine.language.leaves import field_of
from engine.language.nodes import Did
from engine.language.occurrences import Matches, compile_matches
from engine.language.operators.did import count_of

Numbering = Callable[[Collection[str]], Mapping[str, int]]
"""From what DID asks about, as texts, to the number of each."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question about events; `most` are enough to tell at least, at most and exactly apart, at every instant."""

    number: int
    matches: Matches
    most: int


@dataclass(frozen=True, slots=True)
class Leaves:
    """All leaves of live audiences."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    """Canonical text of a leaf → its number."""
    by_event: Mapping[str, Sequence[Leaf]] = field(default_factory=dict)
    newest: int = 0

    def count(self, state: Fragment, event: Event) -> Fragment:
        """Give the fragment after counting one event, which it has taken already."""
        asked = self.by_event.get(event.name)
        return state if asked is None else _with(state, _counted(state.done, asked, event))

    def first(self) -> Fragment:
        """Give the fragment before its first event: all that there is to count has been."""
        return msgspec.structs.replace(EMPTY, counted_to=self.newest) if self.newest else EMPTY

    def catch_up(self, state: Fragment, log: Iterable[Event]) -> Fragment:
        """Count what is new since the fragment counted last, from all its events; drop what nobody asks any more."""
        live = set(self.numbers.values())
        done: Done = {number: kept for number, kept in state.done.items() if number in live}
        behind = {
            name: [leaf for leaf in leaves if leaf.number > state.counted_to] for name, leaves in self.by_event.items()
        }
        for event in log:
            done = _counted(done, behind.get(event.name, ()), event)
        return msgspec.structs.replace(state, done=done, counted_to=self.newest)


def anew(state: Fragment) -> Fragment:
    """Give a fragment that has counted nothing yet."""
    return msgspec.structs.replace(state, done={}, counted_to=0)


def gather(leaves: Iterable[Did], number: Numbering, zone: ZoneInfo, before: Leaves | None = None) -> Leaves:
    """Compile leaves of DID; `number` numbers them, `zone` is the account's, for local hours and days.

    A number means the same for ever, so what is numbered as `before` is taken over."""
    by_key = {_key(leaf, zone): leaf for leaf in leaves}
    numbers = number(by_key.keys())
    by_event: dict[str, list[Leaf]] = {}
    compiled = {} if before is None else {one.number: one for some in before.by_event.values() for one in some}
    for key, leaf in by_key.items():
        known = compiled.get(numbers[key])
        by_event.setdefault(leaf.event, []).append(known or _compiled(leaf, numbers[key], zone))
    by_text = {leaf.leaf: numbers[key] for key, leaf in by_key.items()}
    return Leaves(by_text, by_event, max(by_text.values(), default=0))


def _compiled(leaf: Did, number: int, zone: ZoneInfo) -> Leaf:
    return Leaf(number, compile_matches(leaf, zone), count_of(leaf) + 1)


def _key(leaf: Did, zone: ZoneInfo) -> str:
    """Name what is counted: another time zone counts anew where hours or days are asked about."""
    return f"{leaf.leaf} -- in {zone.key}" if is_local(leaf) else leaf.leaf


def is_local(leaf: Did) -> bool:
    """Tell whether it asks about local hours or days."""
    tests = () if leaf.where is None else tests_in(leaf.where)
    return any(field_of(test.name).name in BUILT_IN for test in tests)


def _counted(done: Done, asked: Sequence[Leaf], event: Event) -> Done:
    properties = occurrences.properties_of(event) if asked else {}
    one = (event.occurred_at, event.source, event.message_id)
    matching = [leaf for leaf in asked if leaf.matches(event.name, event.occurred_at, properties)]
    if not matching:
        return done
    return {**done, **{leaf.number: occurrences.add(done.get(leaf.number, ()), one, leaf.most) for leaf in matching}}


def _with(state: Fragment, done: Done) -> Fragment:
    return state if done is state.done else msgspec.structs.replace(state, done=done)
