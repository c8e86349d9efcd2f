"""What the data have shown: attributes with the types of their values, events with their properties; and what was
declared of attributes before. Of which type a name is depends on what was seen, never on the order of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.catalog import BUILT_IN, BY_NAME, label_of
from engine.domain.events import Event
from engine.domain.occurrences import PAGE
from engine.domain.profiles import MOST_ATTRIBUTES, Cell, Fragment
from engine.domain.traits import flatten, held
from engine.language.events import BUILT_IN as LOCAL
from engine.language.types import Field
from engine.settings import DeclaredAttribute
from engine.values import FieldType, Motion, Value, type_of

MOST_NAMES = 10_000
MOST_EVENTS = 2_000
MOST_PROPERTIES = 200
"""Of one event."""
_WIDEST = (FieldType.STRING, FieldType.SET, FieldType.TIME, FieldType.NUMBER, FieldType.BOOLEAN)
_ABOUT_PAGE = {
    "url": "The whole address of the page that it happened on.",
    "path": "The address of the page without site and query, such as /pricing.",
    "title": "The title of the page that it happened on.",
    "referrer": "The address of the page that led there.",
}
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
    types: Mapping[FieldType, int]
    """Every type it was ever seen with, and how many have a value of it; empty where that is not counted."""
    event: str | None = None
    """Whose property it is; None for an attribute."""
    is_declared: bool = False
    aliases: tuple[str, ...] = ()
    """Other names of a built-in field."""

    @property
    def own_first(self) -> Mapping[FieldType, int]:
        """Every type that was seen with how many values are of it: its own before the conflicting ones."""
        own = {type: count for type, count in self.types.items() if type is self.field.type}
        return own | dict(self.conflicting)

    @property
    def conflicting(self) -> Mapping[FieldType, int]:
        """Other types than its own; values of these count as missing. The commonest first."""
        others = [one for one in self.types.items() if one[0] is not self.field.type]
        return dict(sorted(others, key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event that rule builders can choose: its word in DID, and what WHERE can ask of it."""

    name: str
    label: str
    count: int
    properties: Sequence[AttributeSeen]


@dataclass(slots=True)
class Seen:
    """A name seen in the data: each type that its values were ever of, and how many values of it there are."""

    types: dict[FieldType, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many values there are, of any type."""
        return sum(self.types.values())

    @property
    def type(self) -> FieldType:
        """The type for new definitions: a function of the set of types, not of their order."""
        return next(iter(self.types)) if len(self.types) == 1 else next(type for type in _WIDEST if type in self.types)

    def add(self, type: FieldType, by: int) -> None:
        """Count values of a type; by 0, only note that there was one."""
        self.types[type] = self.types.get(type, 0) + by


@dataclass(slots=True)
class SeenAttributes:
    """All attributes: those declared, and at most 10,000 more that were seen, by name.

    A value counts once for each fragment that holds it now, so the counts can be recounted from the fragments."""

    by_name: dict[str, Seen] = field(default_factory=dict)
    declared: Mapping[str, DeclaredAttribute] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    """Names that are to be written down."""

    def follow(self, before: Fragment, after: Fragment, said: Mapping[str, Value | None]) -> None:
        """Take down what an event said, also what did not win, and which values its fragment holds since."""
        for name, value in said.items():
            if value is not None and type_of(value) not in self._types_of(name):
                self._count(name, type_of(value), 0)
        full = len(after.cells) >= MOST_ATTRIBUTES  # then any other may have given way
        self.move(before, after, before.cells.keys() | said.keys() if full else said)

    def move(self, before: Fragment, after: Fragment, names: Iterable[str]) -> None:
        """Count what a fragment holds under some names, where that is of another type than before."""
        for name in names:
            if _alike(before.cells.get(name), after.cells.get(name)):
                continue
            was, now = held_type(before, name), held_type(after, name)
            if was is not None:
                self._count(name, was, -1)
            if now is not None:
                self._count(name, now, 1)

    def forget(self, names: Iterable[str]) -> None:
        """Know names no more that nobody holds a value under, neither in any type."""
        for name in names:
            if name in self.by_name and not self.by_name[name].count:
                del self.by_name[name]
                self.changed.add(name)

    def recount(self, held: Mapping[tuple[str, FieldType], int]) -> None:
        """Set the counts to what all fragments hold, by name and type; types once seen stay."""
        for name, type in {(name, type) for name, seen in self.by_name.items() for type in seen.types} | held.keys():
            if by := held.get((name, type), 0) - self._types_of(name).get(type, 0):
                self._count(name, type, by)

    def field(self, name: str) -> Field | None:
        """Find a field by its name, as an attribute declared or seen, or by an alias: people's own words come before
        ours."""
        built_in, declared, seen = BY_NAME.get(name), self.declared.get(name), self.by_name.get(name)
        if built_in is not None and (built_in.field.name == name or not (declared or seen)):
            return built_in.field
        if declared is not None:
            label = declared.label or label_of(name)
            return Field(name, declared.type, _motion(declared.type), label, declared.description)
        return None if seen is None else Field(name, seen.type, _motion(seen.type), label_of(name))

    def field_names(self) -> Iterable[str]:
        """List all canonical names."""
        yield from (one.field.name for one in BUILT_IN)
        yield from self.attribute_names()

    def attribute_names(self, part: str = "") -> Iterable[str]:
        """List the names that are not built in: those declared, and those seen that have a part in name or label."""
        seen = list(self.by_name)
        with_part = (name for name in seen if part in name.lower() or part in label_of(name).lower())
        return dict.fromkeys((*self.declared, *with_part))

    def attribute(self, name: str) -> AttributeSeen | None:
        """Tell what is known of an attribute; None for one neither seen nor declared, or built in."""
        field, seen = self.field(name), self.by_name.get(name, Seen())
        if field is None or (name in BY_NAME and field is BY_NAME[name].field):
            return None
        return AttributeSeen(field, seen.count, dict(seen.types), is_declared=name in self.declared)

    def _types_of(self, name: str) -> Mapping[FieldType, int]:
        seen = self.by_name.get(name)
        return {} if seen is None else seen.types

    def _count(self, name: str, type: FieldType, by: int) -> None:
        seen = self.by_name.get(name)
        if seen is None:
            if len(self.by_name) >= MOST_NAMES and name not in self.declared:
                return
            seen = self.by_name[name] = Seen()
        seen.add(type, by)
        self.changed.add(name)


def held_type(fragment: Fragment, name: str) -> FieldType | None:
    """Tell of which type the value is that a fragment holds under a name; None where it holds none."""
    cell = fragment.cells.get(name)
    value = None if cell is None or cell.value is None else held(cell.value)
    return None if value is None else type_of(value)


def _alike(one: Cell | None, other: Cell | None) -> bool:
    """Tell at a glance whether two cells hold values of one type: each type is kept in a Python type of its own."""
    return type(None if one is None else one.value) is type(None if other is None else other.value)


def held_types(fragment: Fragment) -> Iterator[tuple[str, FieldType]]:
    """List the names under which a fragment holds a value, with its type."""
    for name in fragment.cells:
        type = held_type(fragment, name)
        if type is not None:
            yield name, type


def _motion(type: FieldType) -> Motion:
    return Motion.AGEING if type is FieldType.TIME else Motion.STILL


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
                seen.properties.setdefault(name, Seen()).add(type_of(value), 1)
                self.changed.add((event.name, name))

    def forget(self, event: Event) -> None:
        """Take down one event less; of what there is none left, nothing is known."""
        seen = self.by_name.get(event.name)
        if seen is None:
            return
        for name, value in flatten({**event.traits, **event.properties}):
            if value is not None and name in seen.properties:
                self._forget_value(event.name, seen.properties, name, type_of(value))
        seen.count -= 1
        self.changed.add((event.name, ""))
        if seen.count <= 0:
            self.changed.update((event.name, name) for name in seen.properties)
            del self.by_name[event.name]

    def _forget_value(self, event: str, properties: dict[str, Seen], name: str, type: FieldType) -> None:
        types = properties[name].types
        types[type] = max(0, types.get(type, 0) - 1)
        self.changed.add((event, name))
        if not any(types.values()):
            del properties[name]

    def event_names(self) -> Iterable[str]:
        """List the words that DID knows."""
        return self.by_name.keys()

    def property(self, event: str, name: str) -> Field | None:
        """Find a property of an event; None if never seen."""
        if name in PAGE:
            return Field(name, FieldType.STRING, Motion.STILL, PAGE[name], _ABOUT_PAGE[name])
        seen = self.by_name.get(event)
        found = None if seen is None else seen.properties.get(name)
        return None if found is None else Field(name, found.type, Motion.STILL, label_of(name))

    def properties(self, event: str) -> Iterable[AttributeSeen]:
        """List what WHERE can ask of an event: what came with it, and its page and local time, not counted apart."""
        seen = self.by_name.get(event, SeenEvent())
        for name in {**seen.properties, **PAGE, **LOCAL}:
            found = self.attribute(event, name)
            assert found is not None
            yield found

    def attribute(self, event: str, name: str) -> AttributeSeen | None:
        """Tell what is known of a property of an event; None if never seen."""
        seen = self.by_name.get(event, SeenEvent())
        field = LOCAL.get(name) or self.property(event, name)
        if field is None:
            return None
        one = seen.properties.get(name, Seen())
        types = {} if name in LOCAL else dict(one.types)
        return AttributeSeen(field, seen.count if name in PAGE or name in LOCAL else one.count, types, event)


def event_label(name: str) -> str:
    """Name an event for people: a track call by its own name."""
    return _LABELS.get(name, name)


def fixed_property(types: Mapping[str, FieldType], key: str, name: str) -> Field | None:
    """Give a property with the type that it had when a definition was saved."""
    type = types.get(key)
    return None if type is None else Field(name, type, Motion.STILL, label_of(name))
