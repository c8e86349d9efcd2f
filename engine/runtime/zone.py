"""The account's time zone: when it was changed, audiences that ask about local hours or days are built anew."""

from __future__ import annotations

import sqlite3

from engine.domain.audiences import State
from engine.runtime.house import House
from engine.runtime.leaves import is_local
from engine.storage import audiences, subjects
from engine.storage import house as memory
from engine.storage.audiences import Backfill


async def meet(house: House) -> None:
    """Compare the zone with the one that memberships were last counted in, and begin what follows."""

    def work(connection: sqlite3.Connection) -> None:
        before = memory.recall(connection, "time_zone") or "UTC"
        if before == house.zone.key:
            return
        memory.remember(connection, "time_zone", house.zone.key)
        last = subjects.last_id(connection)
        for live in house.registry.order:
            if last and any(is_local(leaf) for leaf in live.definition.leaves):
                audiences.set_state(connection, live.audience.id, State.BUILDING, None)
                audiences.start_backfill(connection, Backfill(live.audience.id, live.audience.version, 0, last))
        house.refresh_audiences(connection)

    await house.write(work)
