"""The account's time zone: when it was changed, audiences that ask about local hours or days are built anew."""

from __future__ import annotations

import sqlite3

from engine.domain.audiences import State
from engine.runtime.backfill import begin
from engine.runtime.house import House
from engine.runtime.leaves import is_local
from engine.storage import audiences
from engine.storage import house as memory


async def meet(house: House) -> None:
    """Compare the zone with the one that memberships were last counted in, and begin what follows."""

    def work(connection: sqlite3.Connection) -> None:
        before = memory.recall(connection, "time_zone") or "UTC"
        if before == house.zone.key:
            return
        memory.remember(connection, "time_zone", house.zone.key)
        for live in house.registry.order:
            if any(is_local(leaf) for leaf in live.definition.leaves):
                audiences.set_state(connection, live.audience.id, State.BUILDING, None)
                begin(house, connection, live.audience.id, live.audience.rules_version)

    await house.write(work)
