"""What the engine holds while it runs: the database, what the writer keeps in memory, the compiled audiences."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from engine.domain.audiences import Audience, State
from engine.ports import Clock
from engine.runtime.registry import Registry, Words, build
from engine.runtime.tombstones import Tombstones
from engine.runtime.world import World
from engine.seen import SeenAttributes, SeenEvents
from engine.settings import DeclaredAttribute, needs_of
from engine.storage import audiences, house, identifiers, keys, leaves, subjects
from engine.storage.audiences import Backfill
from engine.storage.key_file import KeyFile, beside
from engine.storage.keys import StoredKey
from engine.storage.sqlite import Database, path_of
from engine.values import format_time

T = TypeVar("T")


class House:
    """One open database with everything derived from it; what is derived is read anew whenever it may be stale."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        zone: ZoneInfo,
        declared: Sequence[DeclaredAttribute] = (),
        claims_link: bool = True,
        key_file: KeyFile | None = None,
    ) -> None:
        self.clock = clock
        self.tombstones = Tombstones(key_file or beside(path_of(url)))
        self.claims_link = claims_link
        self.declared = {one.name: one for one in declared}
        self.needs = needs_of(declared)
        self.zone = zone
        self.world = World()
        self.registry = Registry()
        self.seen = SeenAttributes(declared=self.declared)
        self.events = SeenEvents()
        self.sizes: dict[int, int] = {}
        self._stored: Mapping[int, tuple[Audience, Mapping[str, str]]] = {}
        self.profiles = 0
        """How many there are."""
        self.backfills: list[Backfill] = []
        self.keys: list[StoredKey] = []
        self.database = Database(path_of(url), self._forget)
        self._before = (self.registry, self.sizes, self.backfills, self.keys, self.profiles)
        self._stale = True

    async def open(self) -> None:
        """Open the database and read what is derived from it. Raises InvalidValue where the key file is lost."""
        await self.database.open()
        try:
            await self.write(lambda connection: None)
        except BaseException:
            await self.database.close()
            raise

    async def close(self) -> None:
        """Close the database."""
        await self.database.close()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run one function as one transaction on what is up to date."""

        def run(connection: sqlite3.Connection) -> T:
            self._before = (self.registry, self.sizes, self.backfills, self.keys, self.profiles)
            if self._stale:
                self.refresh(connection)
            return work(connection)

        return await self.database.write(run)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run one function on one snapshot."""
        return await self.database.read(work)

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Read everything derived from the database anew."""
        self.seen = SeenAttributes(house.attributes(connection), self.declared)
        self.events = SeenEvents(house.events(connection))
        self.keys = keys.load(connection)
        self.profiles = subjects.count(connection)
        self.world.apart = identifiers.apart(connection)
        self.tombstones.refresh(connection)
        self.refresh_audiences(connection)
        self._stale = False

    def refresh_audiences(self, connection: sqlite3.Connection, changed: Collection[int] | None = None) -> None:
        """Read and compile the audiences that changed, or look at all where it is not known which."""
        loaded = {one.id: (one, types) for one, types in audiences.load(connection, changed)}
        kept = {} if changed is None else {id: one for id, one in self._stored.items() if id not in changed}
        self._stored = kept | loaded
        words = self.words(frozenset(one.slug for one, _ in self._stored.values()))
        number = partial(leaves.keep, connection)
        self.registry = build(self._stored.values(), words, self.registry, number, self.zone)
        self.registry.needs = self.needs
        self.world.leaves = self.registry.leaves
        sizes = {id: self.sizes.get(id, 0) for id in kept}
        self.sizes = sizes | {id: one.size for id, (one, _) in loaded.items()}
        self.backfills = audiences.backfills(connection)

    def standing(self, audience: Audience) -> Audience:
        """Give an audience with its size, its state and how far building has come, of this moment."""
        state, reason, done = audience.state, audience.state_reason, None
        if audience.expires_at is not None and audience.expires_at <= self.clock.now():
            state, reason = State.EXPIRED, f"Expired at {format_time(audience.expires_at)}: nobody is in it any more."
        elif state is State.BUILDING:
            walks = [one for one in self.backfills if one.audience_id == audience.id]
            done = walks[0].next_id / max(1, walks[0].last_id) if walks else 1.0
            reason = f"{done:.0%} of existing profiles are evaluated."
        size = self.sizes.get(audience.id, 0)
        return replace(audience, size=size, state=state, state_reason=reason, progress=done)

    def words(self, slugs: frozenset[str] | None = None) -> Words:
        """Give the vocabulary of the moment."""
        known = frozenset(self.registry.ids) if slugs is None else slugs
        return Words(self.seen.field, self.seen.field_names, known, self.events)

    def grew(self, sizes: Mapping[int, int]) -> None:
        """Keep sizes in step with what this transaction writes."""
        if sizes:
            self.sizes = self.sizes | {id: self.sizes.get(id, 0) + by for id, by in sizes.items()}

    @property
    def is_stale(self) -> bool:
        """Whether another process has written, or a transaction failed, since what is derived was read."""
        return self._stale

    def _forget(self, at_work: bool) -> None:
        """Hold nothing that may be stale; readers go on with what was true before a transaction that failed."""
        self.world.forget()
        self._stale = True
        if at_work:
            self.tombstones.forget()
            self.registry, self.sizes, self.backfills, self.keys, self.profiles = self._before
