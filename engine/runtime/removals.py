"""What deleted audiences leave behind, memberships and history, goes in small steps, so that nobody waits for it.

An audience is gone the moment it is deleted; nothing reads what is still to be removed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from dataclasses import dataclass

from engine.errors import StorageUnavailable
from engine.runtime.house import House
from engine.storage import removals

logger = logging.getLogger(__name__)
ONE_STEP = 200
LOOK_AGAIN_AFTER = 30
"""Seconds after which what another process deleted, or what failed, is looked for."""


@dataclass(slots=True)
class Removals:
    """Background work: `run_once` takes one step, `run` loops while there is any."""

    house: House
    wanted: asyncio.Event

    async def run_once(self) -> int:
        """Remove the next 200 rows of deleted audiences; give how many, 0 when nothing is left."""
        if not await self.house.read(removals.waiting):
            return 0
        return await self.house.write(_step)

    async def run(self) -> None:
        """Remove whenever there is something to remove, for ever: what is left from before too."""
        while True:
            self.wanted.clear()
            try:
                await self._all()
            except StorageUnavailable:
                pass  # shows in /readyz and in every answer; it goes on where the last commit left it
            except Exception:
                logger.exception("A step of removing what deleted audiences left failed; it is tried again.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wanted.wait(), LOOK_AGAIN_AFTER)

    async def _all(self) -> None:
        """Step by step, with as long a rest after each: its rows lie far apart, and events want the disk too."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while await self.run_once():
            await asyncio.sleep(loop.time() - began)
            began = loop.time()


def _step(connection: sqlite3.Connection) -> int:
    """Give how many rows went; the note of an audience of which nothing is left is one of them."""
    left = ONE_STEP
    for audience_id in removals.waiting(connection):
        left -= removals.memberships(connection, audience_id, left)
        left -= removals.history(connection, audience_id, left)
        if left <= 0:
            break
        removals.end(connection, audience_id)
        left -= 1
    return ONE_STEP - left
