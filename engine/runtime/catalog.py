"""The catalog as rule builders see it: what there is to choose from, and the commonest values."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.catalog import BUILT_IN, BY_NAME, BuiltIn, Fields, as_json
from engine.domain.occurrences import PAGE, properties_of
from engine.domain.profiles import join
from engine.domain.traits import flatten
from engine.errors import NotFound
from engine.language.events import BUILT_IN as LOCAL
from engine.language.events import WEEKDAYS
from engine.language.occurrences import local
from engine.language.types import Field
from engine.ports import Use
from engine.runtime.house import House
from engine.seen import AttributeSeen, EventSeen, event_label
from engine.storage import events, fragments, listing
from engine.values import Value

KNOWN = frozenset([*PAGE, *LOCAL])
"""What is known of every event, whatever came with it."""
MOST_ASKED = 2_000
MOST_EVENTS_ASKED = 1_000
MOST_EVENTS_PASSED = 50_000
"""How far back they are looked for: an event's name has no index, which every event would pay for."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Built-in fields, and attributes and events as they were declared or seen in the data."""

    house: House

    def field(self, name: str) -> Field | None:
        """Find a field by its name or an alias of it."""
        return self.house.seen.field(name)

    def field_names(self) -> Iterable[str]:
        """List the names to suggest from."""
        return self.house.seen.field_names()

    def audience_slugs(self) -> Iterable[str]:
        """List the audiences that may be included."""
        return self.house.registry.ids.keys()

    def event_names(self) -> Iterable[str]:
        """List the words that DID knows."""
        return list(self.house.events.event_names())

    def property(self, event: str, name: str) -> Field | None:
        """Find a property of an event; None if never seen."""
        return self.house.events.property(event, name)

    def search(self, text: str = "", limit: int | None = 50) -> Sequence[AttributeSeen]:
        """Find fields by part of their name, label, description or an alias: those that begin with it first."""
        wanted = text.strip().lower()
        return _matching(self._all(wanted), wanted)[:limit]

    def attribute(self, name: str, event: str | None = None) -> AttributeSeen | None:
        """Tell what is known of a field, by its name or an alias, or of a property of an event."""
        house = self.house
        if event is not None:
            return house.events.attribute(event, name)
        return house.seen.attribute(name) or (self._built_in(BY_NAME[name]) if name in BY_NAME else None)

    def uses(self, field_name: str) -> Sequence[Use]:
        """Give the audiences whose rules ask about a field, by the audience's name."""
        registry = self.house.registry
        asking = [(id, one.types[field_name]) for id, one in registry.definitions.items() if field_name in one.types]
        found = [Use(registry.audiences[id], type) for id, type in asking]
        return sorted(found, key=lambda use: (use.audience.name.lower(), use.audience.slug))

    def events(self, text: str = "", limit: int = 50) -> Sequence[EventSeen]:
        """Find events by part of their name or label: those that begin with it first, then the commonest."""
        wanted, seen = text.strip().lower(), self.house.events
        named = [(name, event_label(name), one.count) for name, one in list(seen.by_name.items())]
        found = [one for one in named if wanted in f"{one[0]}\n{one[1]}".lower()]
        found.sort(key=lambda one: (not one[0].lower().startswith(wanted), -one[2], one[0]))
        return [EventSeen(name, label, count, list(seen.properties(name))) for name, label, count in found[:limit]]

    def properties(self, event: str, text: str = "", limit: int = 50) -> Sequence[AttributeSeen]:
        """Find what WHERE can ask of an event, seen or not, by part of its name or label: its own first."""
        wanted = text.strip().lower()
        found = _matching(self.house.events.properties(event), wanted)
        return sorted(found, key=lambda one: (*_rank(one, wanted)[:3], one.field.name in KNOWN))[:limit]

    async def top_values(
        self, field_name: str, prefix: str = "", first: int = 20, event: str | None = None
    ) -> Sequence[tuple[Any, int]]:
        """Give the commonest values among up to 2,000 profiles, or 1,000 events. Raises NotFound."""
        counted = await (self._of_profiles(field_name) if event is None else self._of_events(event, field_name))
        named = [(value, count) for value, count in counted.items() if str(value).startswith(prefix)]
        return sorted(named, key=lambda item: (-item[1], str(item[0])))[:first]

    async def _of_events(self, event: str, name: str) -> Counter[Any]:
        """Count the values of a property among recent events of a name."""
        zone = self.house.zone

        def read(connection: sqlite3.Connection) -> Counter[Any]:
            counted: Counter[Any] = Counter(dict.fromkeys(WEEKDAYS, 0) if name == "local_weekday" else ())
            for one in events.latest(connection, event, MOST_EVENTS_ASKED, MOST_EVENTS_PASSED):
                near = local(name, one.occurred_at, zone)
                given = dict(flatten(properties_of(one))).get(name) if near is None else near
                counted.update(_listed(given))
            return counted

        return await self.house.read(read)

    async def _of_profiles(self, field_name: str) -> Counter[Any]:
        """Count the values of a field among profiles. Raises NotFound."""
        field = self.field(field_name)
        if field is None:
            raise NotFound(f"There is no attribute {field_name}.", ("key",))
        now = self.house.clock.now()

        def read(connection: sqlite3.Connection) -> Counter[Any]:
            counted: Counter[Any] = Counter()
            states: dict[int, list[Any]] = {}
            for row in fragments.of_profiles(connection, listing.sample(connection, MOST_ASKED)):
                states.setdefault(row.profile_id, []).append(row.state)
            for parts in states.values():
                counted.update(_listed(Fields(join(parts), now)[field.name]))
            return counted

        return await self.house.read(read)

    def _all(self, part: str) -> Iterable[AttributeSeen]:
        """List fields; of those that were only seen, those alone that have a part in what is told of them."""
        yield from map(self._built_in, BUILT_IN)
        seen = self.house.seen
        yield from (one for name in seen.attribute_names(part) if (one := seen.attribute(name)))

    def _built_in(self, one: BuiltIn) -> AttributeSeen:
        """Tell of a built-in field: everyone has it, or could."""
        return AttributeSeen(one.field, self.house.profiles, {}, aliases=one.aliases)


def _listed(value: Value | None) -> list[Any]:
    """List the distinct JSON values of one value; a map gives its keys."""
    match value:
        case None:
            return []
        case frozenset() | dict():
            return sorted(value)
        case _:
            return [as_json(value)]


def _matching(seen: Iterable[AttributeSeen], wanted: str) -> list[AttributeSeen]:
    """Find those with a part in what is told of them: those that begin with it first, then by name."""
    found = [one for one in seen if wanted in _told(one)]
    return sorted(found, key=lambda one: _rank(one, wanted))


def _told(one: AttributeSeen) -> str:
    return "\n".join((one.field.name, one.field.label, *one.aliases, one.field.description)).lower()


def _rank(one: AttributeSeen, wanted: str) -> tuple[bool, bool, bool, str]:
    """Names before descriptions, and beginnings before the rest."""
    name, label = one.field.name.lower(), one.field.label.lower()
    is_named = any(wanted in said for said in (name, label, *map(str.lower, one.aliases)))
    return (not label.startswith(wanted), not name.startswith(wanted), not is_named, name)
