"""Memberships that change because time passed: each alarm fires at its own instant, in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from dataclasses import dataclass

from engine.errors import InvalidValue, StorageUnavailable
from engine.runtime.commits import Commits, write_verdicts
from engine.runtime.house import House
from engine.runtime.verdicts import Verdicts
from engine.storage import house as memory
from engine.storage import subjects
from engine.storage.changes import ChangeRow
from engine.system import SystemClock
from engine.values import FARTHEST

logger = logging.getLogger(__name__)
ROUND_LASTS, ALARM_LASTS, RULE_LASTS = 4_000, 60, 1
"""Microseconds, about: events that come meanwhile wait for one round, and an alarm takes so long for itself and so much
more for each rule that it asks."""
LOOK_AGAIN_FOR = 1_000
"""Milliseconds after which the clock and other processes' writes are looked at in any case."""


@dataclass(slots=True)
class Round:
    """What one round did."""

    due: list[int]
    """When each alarm should have rung that rang now."""
    subjects: frozenset[int]
    changes: list[ChangeRow]
    next_at: int | None


@dataclass(slots=True)
class Alarms:
    """Background work: `run_once` does what is due, `run` loops."""

    commits: Commits

    async def run_once(self) -> int:
        """Fire due alarms, some in one transaction; give how many."""
        commits = self.commits
        done = await commits.house.write(lambda connection: _fire(commits.house, connection))
        commits.bell.next_at = commits.feed.lateness.next_at = done.next_at
        commits.feed.lateness.note(done.due, commits.house.clock.now())
        commits.tell(done.subjects, done.changes)
        return len(done.due)

    async def run(self) -> None:
        """Fire alarms as they come due, for ever."""
        bell = self.commits.bell
        while True:
            bell.event.clear()
            if await self._tried():
                await asyncio.sleep(0)
                continue
            now = self.commits.house.clock.now()
            wait = LOOK_AGAIN_FOR if bell.next_at is None else min(LOOK_AGAIN_FOR, max(1, bell.next_at - now))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.event.wait(), wait / 1000)

    async def _tried(self) -> int:
        """Run once; what failed is tried again at the next round, since the loop must live."""
        try:
            return await self.run_once()
        except StorageUnavailable:
            pass  # shows in /readyz and in every answer
        except Exception:
            logger.exception("A round of alarms failed; it is tried again.")
        await asyncio.sleep(0.5)
        return 0


@dataclass(slots=True)
class Simulation:
    """A clock that can be moved on; the offset is kept in the database."""

    alarms: Alarms
    clock: SystemClock

    async def advance(self, seconds: int) -> int:
        """Move on, fire every alarm on the way in order, and give the new now."""
        if not 0 <= seconds <= FARTHEST:
            raise InvalidValue(f"The clock moves on by 0 to {FARTHEST} seconds at a time.", ("seconds",))
        house = self.alarms.commits.house

        def move(connection: sqlite3.Connection) -> int:
            offset = int(memory.recall(connection, "clock_offset") or 0) + seconds * 1000
            memory.remember(connection, "clock_offset", offset)
            return offset

        self.clock.offset = max(await house.write(move), self.clock.offset)
        now = self.clock.now()
        while await self.alarms.run_once():
            pass
        return now


def _fire(house: House, connection: sqlite3.Connection) -> Round:
    now = house.clock.now()
    most = max(1, ROUND_LASTS // (ALARM_LASTS + RULE_LASTS * len(house.registry.moving)))
    due = subjects.due(connection, now, most)
    if not due:
        return Round([], frozenset(), [], subjects.next_due(connection))
    until = due[-1][0] if len(due) == most else now
    ids = {subject_id for _, subject_id in due}
    profiles = set(subjects.profiles_of(connection, ids).values())
    verdicts = Verdicts(house.registry, house.backfills)
    waiting = [
        (subject, person.state_of(subject))
        for person in house.world.load_people(connection, profiles)
        for subject in person.all_subjects()
        if subject.id in ids
    ]
    verdicts.let_pass(waiting, until)
    house.world.changed_people.update((id, house.world.people[id]) for id in profiles)
    rows = write_verdicts(house, connection, verdicts)
    return Round([at for at, _ in due], frozenset(ids), rows, subjects.next_due(connection))
