"""When keys were last used: noted in memory by every request, written now and then by a task of its own."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from engine.errors import StorageUnavailable
from engine.runtime.house import House
from engine.runtime.keys import Keys
from engine.storage import keys as storage

RESTS_FOR = 60.0
"""Seconds between two writings."""
logger = logging.getLogger(__name__)


class Uses:
    """Writes what was noted."""

    def __init__(self, house: House, keys: Keys) -> None:
        self._house = house
        self._keys = keys
        self._written: dict[str, int] = {}

    async def run_once(self) -> int:
        """Write what was noted since the last time; give of how many keys. Raises StorageUnavailable."""
        stored = {one.key.id for one in self._house.keys}
        fresh = {id: at for id, at in self._keys.uses.items() if id in stored and self._written.get(id) != at}
        if not fresh:
            return 0

        def work(connection: sqlite3.Connection) -> None:
            storage.note_uses(connection, fresh)

        await self._house.write(work)
        self._written |= fresh
        return len(fresh)

    async def run(self) -> None:
        """Go on for ever; what could not be written waits for the next time."""
        while True:
            await asyncio.sleep(RESTS_FOR)
            try:
                await self.run_once()
            except StorageUnavailable:
                pass  # shows in /readyz and in every answer
            except Exception:
                logger.exception("When keys were last used could not be written; it is tried again.")
