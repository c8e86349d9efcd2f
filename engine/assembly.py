"""Wires the engine: one function, from settings to the ports."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from engine.domain.events import Conflict, Refusal
from engine.domain.veil import Veil
from engine.errors import StorageUnavailable, Taken
from engine.ports import Engine
from engine.runtime import needs, zone
from engine.runtime.alarms import Alarms, Simulation
from engine.runtime.audiences import Audiences
from engine.runtime.backfill import Backfills
from engine.runtime.catalog import Catalog
from engine.runtime.columns import Columns
from engine.runtime.commits import Bell, Commits
from engine.runtime.erasures import Erasures
from engine.runtime.feed import Feed
from engine.runtime.house import House
from engine.runtime.identities import Identities
from engine.runtime.keys import Keys
from engine.runtime.limits import Limits
from engine.runtime.log import Log
from engine.runtime.privacy import Privacy
from engine.runtime.profiles import Profiles
from engine.runtime.removals import Removals
from engine.runtime.starters import STARTERS
from engine.runtime.uses import Uses
from engine.settings import Settings, claims_link, zone_of
from engine.storage import events
from engine.storage import house as memory
from engine.storage.key_file import key_file_of
from engine.system import SystemClock, wall_clock


@dataclass(frozen=True, slots=True)
class Refusals:
    """What was not accepted, and identifications that were not followed."""

    house: House

    async def recent(self, first: int = 100, skip: int = 0) -> list[Refusal]:
        """List the newest refused events, leaving out so many."""
        return await self.house.read(lambda connection: memory.refusals(connection, first, skip))

    async def conflicts(self, first: int = 100, skip: int = 0, profile_id: int | None = None) -> list[Conflict]:
        """List the newest identifications that were not followed, of one profile or of all, leaving out so many."""
        return await self.house.read(lambda connection: events.conflicts(connection, first, skip, profile_id))


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the storage answers."""

    house: House

    async def check(self) -> None:
        """Write to the database once: a full disk refuses only that."""
        now = self.house.clock.now()
        await self.house.write(lambda connection: memory.remember(connection, "checked_at", now))


@dataclass(frozen=True, slots=True)
class Parts:
    """The engine with its background work, for those who drive it step by step."""

    engine: Engine
    house: House
    alarms: Alarms
    backfills: Backfills
    columns: Columns
    removals: Removals
    uses: Uses
    erasures: Erasures


@asynccontextmanager
async def open_parts(settings: Settings, read_clock: Callable[[], int] = wall_clock) -> AsyncIterator[Parts]:
    """Open the database and wire everything; nothing runs in the background."""
    clock = SystemClock(read=read_clock)
    zone_now, key_file = zone_of(settings), key_file_of(settings)
    house = House(settings.database, clock, zone_now, settings.attributes, claims_link(settings), key_file)
    await house.open()
    clock.offset = int(await house.read(lambda connection: memory.recall(connection, "clock_offset")) or 0)
    commits = Commits(house, Feed(), Bell())
    backfills = Backfills(commits, asyncio.Event())
    removals = Removals(house, asyncio.Event())
    keys = Keys(house, settings)
    uses = Uses(house, keys)
    alarms = Alarms(commits)
    forgetting = Erasures(commits)
    engine = Engine(
        settings=settings,
        clock=clock,
        ingest=commits,
        profiles=Profiles(house),
        identities=Identities(commits),
        privacy=Privacy(commits, forgetting),
        audiences=Audiences(commits, backfills.wanted, removals.wanted),
        keys=keys,
        limits=Limits(settings.rate_limit, settings.key_rate_limit),
        catalog=Catalog(house),
        feed=commits.feed,
        log=Log(house),
        refusals=Refusals(house),
        health=Health(house),
        veil=Veil(lambda: key_file_of(settings).derive("what visitors are shown")),
        simulation=Simulation(alarms, clock) if settings.simulated_clock else None,
    )
    try:
        await _make_starters(engine, house)
        await zone.meet(house)
        await needs.meet(house)
        await forgetting.go_on()
        yield Parts(engine, house, alarms, backfills, Columns(house), removals, uses, forgetting)
    finally:
        await house.close()


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[Engine]:
    """Open the engine with its background work, which runs until the end."""
    async with open_parts(settings) as parts:
        background = (parts.alarms, parts.backfills, parts.columns, parts.removals, parts.uses, parts.erasures)
        work = [asyncio.create_task(one.run()) for one in background]
        try:
            yield parts.engine
        finally:
            for task in work:
                task.cancel()
            for task in work:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            with contextlib.suppress(StorageUnavailable):
                await parts.uses.run_once()


async def _make_starters(engine: Engine, house: House) -> None:
    """Create the starter audiences in a new house, once: who deletes one does not meet it again."""
    if await house.read(lambda connection: memory.recall(connection, "starters")):
        return
    for draft in STARTERS:
        with contextlib.suppress(Taken):
            await engine.audiences.create(draft, author="Rollcall")

    def note(connection: sqlite3.Connection) -> None:
        memory.remember(connection, "starters", 1)

    await house.write(note)
