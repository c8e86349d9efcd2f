"""Events seen in the data: their words, how often, and the types of their properties. Attributes are in `catalog`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.catalog import Seen, label_of
from engine.domain.events import Event
from engine.domain.occurrences import PAGE
from engine.domain.traits import flatten
from engine.language.events import BUILT_IN
from engine.language.types import Field
from engine.values import FieldType, Motion, type_of

MOST_EVENTS = 2_000
MOST_PROPERTIES = 200
"""Of one event."""
_LABELS = {
    "page": "Page view",
    "screen": "Screen view",
    "identify": "Identification",
    "group": "Group",
    "alias": "Alias",
}


@dataclass(frozen=True, slots=True)
class AttributeSeen:
    """An attribute, or a property of an event, that rule builders can choose."""

    field: Field
    count: int
    """Fragments that have it (devices and servers' records; at least the number of profiles), or events."""
    conflicting: tuple[FieldType, ...] = ()
    """Other types it was seen with."""
    event: str | None = None
    """Whose property it is; None for an attribute."""


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event that rule builders can choose: its word in DID, and what WHERE can ask of it."""

    name: str
    label: str
    count: int
    properties: Sequence[AttributeSeen]


@dataclass(slots=True)
class SeenEvent:
    """One word of DID: how many events there were, and what came with them."""

    count: int = 0
    properties: dict[str, Seen] = field(default_factory=dict)


@dataclass(slots=True)
class SeenEvents:
    """All events seen, by word; at most 2,000 with 200 properties each."""

    by_name: dict[str, SeenEvent] = field(default_factory=dict)
    changed: set[tuple[str, str]] = field(default_factory=set)
    """(word, property) of what is to be written down; the property is empty for the word's own count."""

    def notice(self, event: Event) -> None:
        """Take down one event."""
        seen = self.by_name.get(event.name)
        if seen is None:
            if len(self.by_name) >= MOST_EVENTS:
                return
            seen = self.by_name[event.name] = SeenEvent()
        seen.count += 1
        self.changed.add((event.name, ""))
        for name, value in flatten({**event.traits, **event.properties}):
            if value is not None and (name in seen.properties or len(seen.properties) < MOST_PROPERTIES):
                one = seen.properties.setdefault(name, Seen())
                one.types.add(type_of(value))
                one.count += 1
                self.changed.add((event.name, name))

    def event_names(self) -> Iterable[str]:
        """List the words that DID knows."""
        return self.by_name.keys()

    def property(self, event: str, name: str) -> Field | None:
        """Find a property of an event; None if never seen."""
        if name in PAGE:
            return Field(name, FieldType.STRING, Motion.STILL, PAGE[name])
        seen = self.by_name.get(event)
        found = None if seen is None else seen.properties.get(name)
        return None if found is None else Field(name, found.type, Motion.STILL, label_of(name))

    def properties(self, event: str) -> Iterable[AttributeSeen]:
        """List what WHERE can ask of an event: what came with it, and its page and local time, not counted apart."""
        seen = self.by_name.get(event, SeenEvent())
        for name in {**seen.properties, **PAGE}:
            field, one = self.property(event, name), seen.properties.get(name, Seen())
            assert field is not None
            count = seen.count if name in PAGE else one.count
            yield AttributeSeen(field, count, tuple(sorted(one.types - {field.type})), event)
        yield from (AttributeSeen(field, seen.count, (), event) for field in BUILT_IN.values())


def event_label(name: str) -> str:
    """Name an event for people: a track call by its own name."""
    return _LABELS.get(name, name)


def fixed_property(types: Mapping[str, FieldType], key: str, name: str) -> Field | None:
    """Give a property with the type that it had when a definition was saved."""
    type = types.get(key)
    return None if type is None else Field(name, type, Motion.STILL, label_of(name))
