"""A small vocabulary, and people to try definitions on: their scores fall hour by hour, as real ones fade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.language.types import Field
from engine.values import FieldType, Motion, Value

_DECAYING = ("score_momentum", "score_frequency", "affinity")
HOUR = 3_600_000
_FAR = 10**15

FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        name: Field(name, type_, motion, label)
        for name, type_, motion, label in (
            ("email", FieldType.STRING, Motion.STILL, "email"),
            ("device", FieldType.STRING, Motion.STILL, "device"),
            ("favourite colour", FieldType.STRING, Motion.STILL, "favourite colour"),
            ("subscribed", FieldType.BOOLEAN, Motion.STILL, "subscribed"),
            ("visit_count", FieldType.NUMBER, Motion.STILL, "number of visits"),
            ("score_momentum", FieldType.NUMBER, Motion.DECAYING, "momentum score"),
            ("score_frequency", FieldType.NUMBER, Motion.DECAYING, "frequency score"),
            ("first_visit_at", FieldType.TIME, Motion.AGEING, "first visit"),
            ("last_visit_at", FieldType.TIME, Motion.AGEING, "last visit"),
            ("utm_sources", FieldType.SET, Motion.STILL, "campaign sources"),
            ("affinity", FieldType.MAP, Motion.DECAYING, "affinity"),
        )
    }
)
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "scores.momentum": "score_momentum",
        "scores.frequency": "score_frequency",
        "lytics_content": "affinity",
        "_modified": "last_visit_at",
        "_num_aliases": "visit_count",
        "_uids": "utm_sources",
    }
)


PROPERTIES: Mapping[str, FieldType] = MappingProxyType(
    {
        "total": FieldType.NUMBER,
        "coupon": FieldType.STRING,
        "address.city": FieldType.STRING,
        "is_gift": FieldType.BOOLEAN,
        "deliver_at": FieldType.TIME,
        "sizes": FieldType.SET,
        "path": FieldType.STRING,
    }
)
"""What came with the events "page" and "Order Completed"."""


class Words:
    """The vocabulary: the fields above, their aliases, two audiences, and two events."""

    def __init__(self, audiences: Iterable[str] = ("vip", "known_users")) -> None:
        self._audiences = tuple(audiences)

    def field(self, name: str) -> Field | None:
        """Find a field."""
        return FIELDS.get(ALIASES.get(name, name))

    def field_names(self) -> Iterable[str]:
        """List names."""
        return FIELDS

    def audience_slugs(self) -> Iterable[str]:
        """List audiences."""
        return self._audiences

    def event_names(self) -> Iterable[str]:
        """List events."""
        return ("page", "Order Completed")

    def property(self, event: str, name: str) -> Field | None:
        """Find a property of an event."""
        type_ = PROPERTIES.get(name) if event in self.event_names() else None
        return None if type_ is None else Field(name, type_, Motion.STILL, name)


class Moment(dict[str, Value | None]):
    """A person at an instant, as the passes read one."""

    def __init__(self, person: Person, now: int) -> None:
        super().__init__({name: person.value(name, now) for name in person.values})
        self._person, self._now = person, now

    def __missing__(self, name: str) -> Value | None:
        return None

    def falls(self, field: str, key: str | None, value: float, inclusive: bool) -> int | None:
        """Search for the first instant after now at which a number is below a value."""

        def below(at: int) -> bool:
            held = self._person.value(field, at)
            number = held[key] if isinstance(held, Mapping) and key is not None else held
            assert isinstance(number, float)
            return number < value or (inclusive and number == value)

        return _first(below, self._now + 1, self._now + _FAR)

    falls_not_before = falls

    def occurrences(self, leaf: str) -> Sequence[int]:
        """Give instants, newest first."""
        return self._person.events.get(leaf, ())


def _first(holds: object, low: int, high: int) -> int | None:
    assert callable(holds)
    if not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


@dataclass(frozen=True)
class Person:
    """Values as of `born_at`; every hour scores lose a point, affinities a hundredth of themselves."""

    values: Mapping[str, Value | None]
    born_at: int
    events: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def at(self, now: int) -> Moment:
        """Give this person at an instant."""
        return Moment(self, now)

    def value(self, name: str, now: int) -> Value | None:
        """Give one value at an instant."""
        value = self.values.get(name)
        if name not in _DECAYING:
            return value
        steps = max(0, now - self.born_at) // HOUR
        if isinstance(value, Mapping):
            return {key: number * 0.99**steps for key, number in value.items()}
        return max(0.0, value - steps) if isinstance(value, float) and not isinstance(value, bool) else value
