"""The catalog as rule builders see it: what there is to choose from, and the commonest values."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.catalog import BUILT_IN, Fields, as_json
from engine.domain.profiles import join
from engine.errors import NotFound
from engine.language.types import Field
from engine.ports import AttributeSeen
from engine.runtime.house import House
from engine.storage import fragments, listing

MOST_ASKED = 2_000


@dataclass(frozen=True, slots=True)
class Catalog:
    """Built-in fields and attributes seen in the data."""

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

    def search(self, text: str = "", limit: int = 50) -> Sequence[AttributeSeen]:
        """Find fields by part of their name or label: those that begin with it first, then by name."""
        wanted = text.strip().lower()
        found = [one for one in self._all() if wanted in f"{one.field.name}\n{one.field.label}".lower()]
        return sorted(found, key=lambda one: _rank(one, wanted))[:limit]

    async def top_values(self, field_name: str, prefix: str = "", first: int = 20) -> Sequence[tuple[Any, int]]:
        """Give the commonest values among up to 2,000 profiles, with how many have each. Raises NotFound."""
        field = self.field(field_name)
        if field is None:
            raise NotFound(f"There is no attribute {field_name}.", ("key",))
        now = self.house.clock.now()

        def read(connection: sqlite3.Connection) -> Sequence[tuple[Any, int]]:
            counted: Counter[Any] = Counter()
            states: dict[int, list[Any]] = {}
            for row in fragments.of_profiles(connection, listing.sample(connection, MOST_ASKED)):
                states.setdefault(row.profile_id, []).append(row.state)
            for parts in states.values():
                counted.update(_values(Fields(join(parts), now), field.name))
            named = [(value, count) for value, count in counted.items() if str(value).startswith(prefix)]
            return sorted(named, key=lambda item: (-item[1], str(item[0])))[:first]

        return await self.house.read(read)

    def _all(self) -> Iterable[AttributeSeen]:
        profiles = sum(self.house.sizes.get(self.house.registry.ids.get(slug, -1), 0) for slug in ("all",))
        yield from (AttributeSeen(one.field, profiles) for one in BUILT_IN)
        for name, seen in self.house.seen.by_name.items():
            field = self.field(name)
            if field is not None:
                others = tuple(sorted(seen.types - {field.type}))
                yield AttributeSeen(field, seen.count, others)


def _values(fields: Fields, name: str) -> list[Any]:
    """List the distinct JSON values that a profile has under a field; a map gives its keys."""
    value = fields[name]
    match value:
        case None:
            return []
        case frozenset() | dict():
            return sorted(value)
        case _:
            return [as_json(value)]


def _rank(one: AttributeSeen, wanted: str) -> tuple[bool, bool, str]:
    name, label = one.field.name.lower(), one.field.label.lower()
    return (not label.startswith(wanted), not name.startswith(wanted), name)
