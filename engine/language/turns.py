"""When time alone can next turn anything in many definitions: one look at each moving field, however many ask about it.

A horizon asks one definition. This is never later than any of their horizons, and often earlier: it is the next instant
at which a test turns, whether or not that turns a verdict."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, cast

from engine.language.dates import Shift, reached
from engine.language.definition import Definition
from engine.language.events import tests_in
from engine.language.leaves import field_of
from engine.language.nodes import Between, Compare, In, Literal, Name, Order
from engine.language.operators import between, did
from engine.language.operators.kinds import decays
from engine.language.types import EventfulFields, MovingFields
from engine.values import MILLISECONDS_A_DAY, Time

SHORTEST_MONTH = 28 * MILLISECONDS_A_DAY

Level = tuple[float, bool]
"""What a falling number is compared with: a test turns when it comes down to it (True), or below it (False)."""
Levels = Sequence[Level]
"""In rising order; of the same number `below` is lower than `down to`."""
Distance = tuple[Shift, bool]
"""How far from now a time is compared; a test turns when the literal reaches it, or (True) a millisecond later."""


class Bound(NamedTuple):
    """A turn that comes no earlier than an instant; `exact` finds the very one, at a price, or that it never comes."""

    at: int
    exact: Callable[[], int | None]


@dataclass(slots=True)
class Turns:
    """All literals that moving fields can pass."""

    falling: dict[str, Levels] = field(default_factory=dict)
    falling_by_key: dict[str, dict[str, Levels]] = field(default_factory=dict)
    """The same for the entries of maps."""
    ageing: dict[str, Sequence[int]] = field(default_factory=dict)
    """Distances from now of fixed length, in rising order."""
    by_calendar: dict[str, Sequence[Distance]] = field(default_factory=dict)
    """Distances from now in months and years."""
    leaves: dict[str, did.DidChanges] = field(default_factory=dict)

    def earliest(self, fields: MovingFields, now: int) -> int | None:
        """Give an instant after now before which no test turns, found fast; None for never."""
        bounds = (bound.at for bound in self._bounds(fields, now))
        return min(chain(bounds, self._of_times(fields, now), self._of_events(fields, now)), default=None)

    def next(self, fields: MovingFields, now: int) -> int | None:
        """Give the very instant after now at which a test turns; None for never."""
        turn = min(chain(self._of_times(fields, now), self._of_events(fields, now)), default=None)
        for bound in sorted(self._bounds(fields, now), key=itemgetter(0)):
            if turn is not None and turn <= bound.at:
                break
            at = bound.exact()
            turn = turn if at is None or (turn is not None and turn < at) else at
        return turn

    def _bounds(self, fields: MovingFields, now: int) -> Iterator[Bound]:
        for name, levels in self.falling.items():
            yield from _falls(fields, name, None, fields[name], levels)
        for name, by_key in self.falling_by_key.items():
            value = fields[name]
            if type(value) is dict:
                for key in by_key.keys() & value.keys():
                    yield from _falls(fields, name, key, value[key], by_key[key])
        for name, distances in self.by_calendar.items():
            value = fields[name]
            if type(value) is Time:
                for shift, later in distances:
                    yield from _reached(value + later, shift, now)

    def _of_times(self, fields: MovingFields, now: int) -> Iterator[int]:
        for name, lengths in self.ageing.items():
            value = fields[name]
            if type(value) is Time:
                position = bisect_left(lengths, value - now)
                if position:
                    yield value - lengths[position - 1]

    def _of_events(self, fields: MovingFields, now: int) -> Iterator[int]:
        for leaf, turns in self.leaves.items():
            at = turns(cast(EventfulFields, fields).occurrences(leaf), now)
            if at is not None:
                yield at


def _falls(fields: MovingFields, name: str, key: str | None, value: Any, levels: Levels) -> Iterator[Bound]:
    """Follow a number down to the next level."""
    position = bisect_left(levels, (value, True)) if type(value) is float else 0
    if position:
        level, inclusive = levels[position - 1]
        at = fields.falls_not_before(name, key, level, inclusive)
        if at is not None:
            yield Bound(at, partial(fields.falls, name, key, level, inclusive))


def _reached(at: int, shift: Shift, now: int) -> Iterator[Bound]:
    """Follow a literal that goes by the calendar until it gets to a time."""
    early = at - shift.months * SHORTEST_MONTH
    exact = partial(reached, at, shift)
    if shift.months < 0 and early > now:
        yield Bound(early, exact)
    elif (very := exact()) > now:
        yield Bound(very, exact)


@dataclass(frozen=True, slots=True)
class Moving:
    """What moves in one definition: field, key (in a map) and level of what falls; field and distance of what ages."""

    falling: Sequence[tuple[str, str | None, Level]]
    ageing: Sequence[tuple[str, Distance]]
    leaves: Mapping[str, did.DidChanges]


def moving_in(definition: Definition) -> Moving:
    """List what moves in a checked definition."""
    falling: list[tuple[str, str | None, Level]] = []
    ageing: list[tuple[str, Distance]] = []
    for name, order, literal in _comparisons(definition):
        read, value = field_of(name).name, literal.value
        if isinstance(value, Shift):
            ageing.append((read, (value, order in (Order.AT_LEAST, Order.LESS))))
        elif type(value) is float and decays(name):
            falling += [(read, name.key, level) for level in _levels(value, order)]
    return Moving(falling, ageing, {leaf.leaf: did.changes(leaf) for leaf in definition.leaves})


def gather(parts: Iterable[Moving]) -> Turns:
    """Gather what moves in many definitions."""
    falling: dict[str, set[Level]] = {}
    by_key: dict[str, dict[str, set[Level]]] = {}
    ageing: dict[str, set[Distance]] = {}
    leaves: dict[str, did.DidChanges] = {}
    for part in parts:
        leaves.update(part.leaves)
        for name, distance in part.ageing:
            ageing.setdefault(name, set()).add(distance)
        for name, key, level in part.falling:
            levels = falling if key is None else by_key.setdefault(name, {})
            levels.setdefault(name if key is None else key, set()).add(level)
    return Turns(
        _sorted(falling),
        {name: _sorted(levels) for name, levels in by_key.items()},
        {name: _lengths(distances) for name, distances in ageing.items()},
        {name: [one for one in distances if one[0].milliseconds is None] for name, distances in ageing.items()},
        leaves,
    )


def _comparisons(definition: Definition) -> Iterator[tuple[Name, Order, Literal]]:
    """List what is compared with what in all tests that can move."""
    for test in tests_in(definition.root):
        match test:
            case Compare(name, order, literal):
                yield name, order, literal
            case Between():
                yield from ((end.name, end.order, end.value) for end in between.ends(test))
            case In(name, literals):
                yield from ((name, Order.EQUAL, literal) for literal in literals)


def _levels(value: float, order: Order) -> Iterator[Level]:
    """Tell when a test turns as a number falls past its literal: `>` when it gets there, `>=` below, `=` at both."""
    if order not in (Order.AT_LEAST, Order.LESS):
        yield value, True
    if order not in (Order.MORE, Order.AT_MOST):
        yield value, False


def _sorted(levels: Mapping[str, set[Level]]) -> dict[str, Levels]:
    return {name: sorted(found) for name, found in levels.items()}


def _lengths(distances: Iterable[Distance]) -> Sequence[int]:
    lengths = ((shift.milliseconds, later) for shift, later in distances)
    return sorted({length - later for length, later in lengths if length is not None})
