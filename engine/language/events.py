"""What DID may ask of events: their words, their properties, their windows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from engine.language.dates import Shift, parse_date, parse_relative
from engine.language.literals import coerce, duration
from engine.language.nodes import (
    Between,
    Compare,
    Contains,
    Dates,
    Did,
    Exists,
    In,
    Intersects,
    Last,
    Like,
    Literal,
    Name,
    Test,
)
from engine.language.problems import invalid
from engine.language.typed import check_bounds
from engine.language.types import Field
from engine.values import FieldType, Motion

MOST_TIMES = 1_000


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
            start, end = _date(start), _date(end)
            check_bounds(start, end)
            return replace(test, window=replace(test.window, start=start, end=end))
        case None:
            return test


def _check_count(test: Did) -> None:
    count = test.count.value
    if count == 0:
        advice = f'Never is written DID NOT "{test.event}".'
        raise invalid(test.count.at, "did_count", advice, (f'DID NOT "{test.event}"',))
    if not isinstance(count, float) or not count.is_integer() or not 1 <= count <= MOST_TIMES:
        raise invalid(test.count.at, "did_count", f"How often is a whole number from 1 to {MOST_TIMES:,}.")


def _date(literal: Literal) -> Literal:
    read = coerce(literal, FieldType.TIME, "the window")
    if isinstance(read.value, Shift):
        advice = 'These dates are fixed, such as "2026-01-31". For the time until now write IN LAST "30d".'
        raise invalid(literal.at, "relative_window", advice, ('IN LAST "30d"',))
    return read


def named_property(event: str, test: Test, events: EventVocabulary | None) -> Name:
    """Find the property that a test inside WHERE asks about; one never seen gets the type that fits the test."""
    written = ".".join(test.name.parts)
    found = BUILT_IN.get(written) or (events.property(event, written) if events is not None else None)
    field = found or Field(written, _guess(test), Motion.STILL, written)
    return replace(test.name, parts=(written,), resolved=field)


BUILT_IN = {
    field.name: field
    for field in (
        Field("local_hour", FieldType.NUMBER, Motion.STILL, "Hour of day", "0 to 23, in the account's time zone."),
        Field("local_weekday", FieldType.STRING, Motion.STILL, "Day of the week", "monday to sunday, likewise."),
    )
}


def _guess(test: Test) -> FieldType:
    match test:
        case Compare():
            return _type_of(test.value, ordered=test.order.value != "=")
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
