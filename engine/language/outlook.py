"""How a node stands now and when that can first change with no event: for leaves, and combined for groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple, cast

from engine.language.dates import LATEST
from engine.language.leaves import changes, field_of, holds, reader
from engine.language.nodes import Did, Test
from engine.language.operators import did
from engine.language.types import EventfulFields, MovingFields


class Outlook(NamedTuple):
    """`holds` is None where an audience decides that is evaluated elsewhere; `until` is None for never."""

    holds: bool | None
    until: int | None


Look = Callable[[MovingFields, int], Outlook]


def _in_calendar(until: int | None) -> int | None:
    """Take what lies beyond year 9999 for never."""
    return until if until is not None and until <= LATEST else None


def opposite(outlook: Outlook) -> Outlook:
    """Deny."""
    return Outlook(None if outlook.holds is None else not outlook.holds, outlook.until)


def combined(decisive: bool, outlooks: Iterable[Outlook]) -> Outlook:
    """Combine a group: one `decisive` item decides it, a false one for AND, a true one for OR.

    While some decide, the verdict stays until all of them have turned; once one never does, no more are looked at."""
    deciding: list[int] = []
    others: list[int] = []
    undecided = False
    for outlook in outlooks:
        if outlook.holds is decisive and outlook.until is None:
            return outlook
        undecided = undecided or outlook.holds is None
        if outlook.until is not None:
            (deciding if outlook.holds is decisive else others).append(outlook.until)
    if deciding:
        return Outlook(decisive, max(deciding))
    return Outlook(None if undecided else not decisive, min(others, default=None))


def look_at(test: Test) -> Look:
    """Look at a field; a missing value stays missing."""
    read, decide, turns = reader(test.name), holds(test), changes(test)
    field, key = field_of(test.name).name, test.name.key

    def look(fields: MovingFields, now: int) -> Outlook:
        value = read(fields)
        if value is None:
            return Outlook(False, None)
        until = None if turns is None else turns(value, now, partial(fields.falls, field, key))
        return Outlook(decide(value, now), _in_calendar(until))

    return look


def look_at_events(test: Did) -> Look:
    """Look at what happened."""
    decide, turns = did.holds(test), did.changes(test)

    def look(fields: MovingFields, now: int) -> Outlook:
        instants = cast(EventfulFields, fields).occurrences(test.leaf)
        return Outlook(decide(instants, now), _in_calendar(turns(instants, now)))

    return look
