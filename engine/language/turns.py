"""When time alone can next turn anything in many definitions: one look at each moving field, however many ask about it.

A horizon asks one definition and is exact. This is never later than any of their horizons, and often earlier: it is the
next literal that a field passes, whether or not that turns a verdict."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, cast

from engine.language.dates import Shift, reached
from engine.language.definition import Definition
from engine.language.events import tests_in
from engine.language.leaves import field_of
from engine.language.nodes import Between, Compare, Did, In, Literal, Test
from engine.language.operators import did
from engine.language.operators.kinds import decays
from engine.language.types import EventfulFields, MovingFields
from engine.values import MILLISECONDS_A_DAY, Time

SHORTEST_MONTH = 28 * MILLISECONDS_A_DAY

Levels = Sequence[float]
"""What a falling number is compared with, in rising order."""


@dataclass(slots=True)
class Turns:
    """All literals that moving fields can pass."""

    falling: dict[str, Levels] = field(default_factory=dict)
    falling_by_key: dict[str, dict[str, Levels]] = field(default_factory=dict)
    """The same for the entries of maps."""
    ageing: dict[str, tuple[Sequence[int], Sequence[Shift]]] = field(default_factory=dict)
    """Distances from now: those of fixed length, in rising order, and those that go by the calendar."""
    leaves: dict[str, did.DidChanges] = field(default_factory=dict)

    def earliest(self, fields: MovingFields, now: int) -> int | None:
        """Give an instant after now before which no verdict turns; None for never."""
        found = chain(self._of_numbers(fields), self._of_times(fields, now), self._of_events(fields, now))
        return min(found, default=None)

    def _of_numbers(self, fields: MovingFields) -> Iterator[int]:
        for name, levels in self.falling.items():
            yield from _falls(fields, name, None, fields[name], levels)
        for name, by_key in self.falling_by_key.items():
            value = fields[name]
            if type(value) is dict:
                for key in by_key.keys() & value.keys():
                    yield from _falls(fields, name, key, value[key], by_key[key])

    def _of_times(self, fields: MovingFields, now: int) -> Iterator[int]:
        for name, (distances, shifts) in self.ageing.items():
            value = fields[name]
            if type(value) is Time:
                yield from _reached(value, now, distances, shifts)

    def _of_events(self, fields: MovingFields, now: int) -> Iterator[int]:
        for leaf, turns in self.leaves.items():
            at = turns(cast(EventfulFields, fields).occurrences(leaf), now)
            if at is not None:
                yield at


def _falls(fields: MovingFields, name: str, key: str | None, value: Any, levels: Levels) -> Iterator[int]:
    """Follow a number down to the next level."""
    position = bisect_right(levels, value) if type(value) is float else 0
    if position:
        level = levels[position - 1]
        at = fields.falls_not_before(name, key, level, level < value)
        if at is not None:
            yield at


def _reached(value: int, now: int, distances: Sequence[int], shifts: Sequence[Shift]) -> Iterator[int]:
    """Follow the literals as they come to a time, and pass it a millisecond later."""
    position = bisect_right(distances, value - now)
    if position:
        yield max(value - distances[position - 1], now + 1)
    for shift in shifts:
        early = value - shift.months * SHORTEST_MONTH
        instants = (early,) if early > now and shift.months < 0 else (reached(value, shift), reached(value + 1, shift))
        yield from (at for at in instants if at > now)


def gather(definitions: Iterable[Definition]) -> Turns:
    """Gather what moves in checked definitions."""
    falling: dict[str, set[float]] = {}
    by_key: dict[str, dict[str, set[float]]] = {}
    ageing: dict[str, set[Shift]] = {}
    leaves: dict[str, Did] = {}
    for definition in definitions:
        leaves.update((leaf.leaf, leaf) for leaf in definition.leaves)
        for test in tests_in(definition.root):
            name, key = field_of(test.name).name, test.name.key
            levels = falling if key is None else by_key.setdefault(name, {})
            levels.setdefault(name if key is None else key, set()).update(_levels(test))
            ageing.setdefault(name, set()).update(_shifts(test))
    return Turns(
        _sorted(falling),
        {name: sorted_ for name, levels in by_key.items() if (sorted_ := _sorted(levels))},
        {name: _by_length(shifts) for name, shifts in ageing.items() if shifts},
        {leaf: did.changes(test) for leaf, test in leaves.items()},
    )


def _sorted(levels: Mapping[str, set[float]]) -> dict[str, Levels]:
    return {name: sorted(found) for name, found in levels.items() if found}


def _by_length(shifts: Iterable[Shift]) -> tuple[Sequence[int], Sequence[Shift]]:
    lengths = [(shift.milliseconds, shift) for shift in shifts]
    fixed = sorted(length for length, _ in lengths if length is not None)
    return fixed, [shift for length, shift in lengths if length is None]


def _levels(test: Test) -> Iterator[float]:
    if decays(test.name):
        yield from (literal.value for literal in _literals(test) if type(literal.value) is float)


def _shifts(test: Test) -> Iterator[Shift]:
    return (literal.value for literal in _literals(test) if isinstance(literal.value, Shift))


def _literals(test: Test) -> Sequence[Literal]:
    match test:
        case Compare(value=value):
            return (value,)
        case Between(low=low, high=high):
            return low, high
        case In(values=values):
            return values
        case _:
            return ()
