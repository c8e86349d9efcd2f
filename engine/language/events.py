"""What DID may ask of events: their words, their properties, their windows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from engine.language.dates import Shift, parse_date, parse_relative
from engine.language.literals import coerce, duration
from engine.language.nodes import (
    All,
    And,
    Between,
    Compare,
    Contains,
    Dates,
    Did,
    Exists,
    In,
    Include,
    Intersects,
    Last,
    Like,
    Literal,
    Node,
    Not,
    Or,
    Order,
    Place,
    Test,
)
from engine.language.problems import invalid, nearest
from engine.language.typed import check_bounds
from engine.language.types import Field, noun_of
from engine.language.words import write_text
from engine.values import FieldType, Motion

MOST_TIMES = 1_000
_TIMES = re.compile(r"\s*TIMES?\b", re.I)


class EventVocabulary(Protocol):
    """The events seen so far."""

    def event_names(self) -> Iterable[str]:
        """List the words that DID knows."""

    def property(self, event: str, name: str) -> Field | None:
        """Find a property of an event; None if never seen, when its type is taken from the test."""


def check_window(test: Did) -> Did:
    """Check count and window, and read their values. Raises InvalidDefinition."""
    _check_count(test)
    match test.window:
        case Last(length):
            return replace(test, window=replace(test.window, length=duration(length)))
        case Dates(start, end):
            start, end = _dates(test.window.at, start, end)
            check_bounds(start, end)
            return replace(test, window=replace(test.window, start=start, end=end))
        case None:
            return test


def _check_count(test: Did) -> None:
    count = test.count.value
    if count == 0:
        after = test.at.text[test.count.at.end : test.at.end]
        never = f"DID NOT {write_text(test.event)}" + _TIMES.sub("", after)
        raise invalid(test.at, "did_count", f"Never is written {never}.", (never,))
    if not isinstance(count, float) or not count.is_integer() or not 1 <= count <= MOST_TIMES:
        raise invalid(test.count.at, "did_count", f"How often is a whole number from 1 to {MOST_TIMES:,}.")


def _dates(at: Place, *ends: Literal) -> tuple[Literal, ...]:
    """Read the fixed dates of a window. Raises InvalidDefinition."""
    read = tuple(coerce(end, FieldType.TIME, "the window") for end in ends)
    shifts = [end.value for end in read if isinstance(end.value, Shift)]
    if shifts:
        back = next((shift for shift in shifts if shift.amount < 0), Shift(-30, "d"))
        meant = f'IN LAST "{-back.amount}{back.unit}"'
        advice = f'These dates are fixed, such as "2026-01-31". For the time until now write {meant}.'
        raise invalid(at, "relative_window", advice, (meant,))
    return read


BUILT_IN: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("local_hour", FieldType.NUMBER, Motion.STILL, "Hour of day", "0 to 23, in the account's time zone."),
        Field(
            "local_weekday",
            FieldType.STRING,
            Motion.STILL,
            "Day of the week",
            "monday to sunday, in the account's time zone.",
        ),
    )
}


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def check_weekday(test: Test) -> None:
    """Refuse what no event's day of the week ever is. Raises InvalidDefinition."""
    if not isinstance(test, Compare | In) or test.name.parts != ("local_weekday",):
        return
    for literal in test.values if isinstance(test, In) else (test.value,):
        if literal.value not in WEEKDAYS:
            close = tuple(write_text(day) for day in nearest(str(literal.value).lower(), WEEKDAYS))
            raise invalid(literal.at, "no_weekday", 'A day is one of "monday" to "sunday", in small letters.', close)


def property_key(event: str, name: str) -> str:
    """Name a property of an event among the types that are kept with a definition; no field has such a name."""
    return f"\0{event}\0{name}"


def properties_of(test: Did, events: EventVocabulary | None) -> dict[str, Field]:
    """Find the properties that WHERE asks about; one never seen gets the type that its tests need.

    Raises InvalidDefinition where two tests need different types."""
    found: dict[str, Field] = {}
    for inner in () if test.where is None else tests_in(test.where):
        name = ".".join(inner.name.parts)
        known = BUILT_IN.get(name) or (events.property(test.event, name) if events is not None else None)
        field = known or Field(name, guess_type(inner), Motion.STILL, name)
        other = found.get(name)
        if other is None or isinstance(inner, Exists) or other.type is field.type:
            found.setdefault(name, field)
        else:
            message = f"{name} cannot be both {noun_of(other.type)} and {noun_of(field.type)}."
            raise invalid(inner.name.at, "two_types", message)
    return found


def tests_in(node: Node) -> Iterator[Test]:
    """List the tests of a tree, those of EXISTS last: they fit any type."""
    tests = list(_walk(node))
    yield from (test for test in tests if not isinstance(test, Exists))
    yield from (test for test in tests if isinstance(test, Exists))


def _walk(node: Node) -> Iterator[Test]:
    match node:
        case And(items) | Or(items):
            for item in items:
                yield from _walk(item)
        case Not(item):
            yield from _walk(item)
        case All() | Include() | Did():
            return
        case _:
            yield node


def guess_type(test: Test) -> FieldType:
    """Tell the type of field that a test is meant for, from its operator and value."""
    match test:
        case Compare():
            return _type_of(test.value, ordered=test.order is not Order.EQUAL)
        case Between():
            return _type_of(test.low, ordered=True)
        case In():
            return _type_of(test.values[0], ordered=False)
        case Intersects():
            return FieldType.SET
        case Contains() | Like() | Exists():
            return FieldType.STRING


def _type_of(literal: Literal, ordered: bool) -> FieldType:
    value = literal.value
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    if isinstance(value, str):
        is_date = parse_relative(value) is not None or parse_date(value) is not None
        return FieldType.TIME if ordered and is_date else FieldType.STRING
    return FieldType.NUMBER
