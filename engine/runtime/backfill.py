"""Existing profiles meet new rules: a walk over all subjects in small transactions, several audiences at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.audiences import Cause, State
from engine.errors import StorageUnavailable
from engine.runtime.commits import Commits, write_verdicts
from engine.runtime.house import House
from engine.runtime.narrowing import next_subjects
from engine.runtime.person import Person
from engine.runtime.registry import Live
from engine.runtime.verdicts import Verdicts
from engine.runtime.world import first_alarm
from engine.storage import audiences, subjects
from engine.storage import house as memory
from engine.storage.audiences import Backfill
from engine.storage.changes import ChangeRow

logger = logging.getLogger(__name__)
ONE_STEP = 200
LOOK_AGAIN_AFTER = 1
"""Seconds after which walks that another process began, or that failed, are looked for."""


@dataclass(slots=True)
class Step:
    """What one step did."""

    walked: int
    subjects: frozenset[int]
    changes: list[ChangeRow]
    slugs: frozenset[str]
    alarm: int | None


@dataclass(slots=True)
class Backfills:
    """Background work: `run_once` takes one step, `run` loops while there is any."""

    commits: Commits
    wanted: asyncio.Event

    async def run_once(self) -> int:
        """Evaluate the next 200 subjects for the audiences that wait; give how many, 0 when nothing waits."""
        commits = self.commits
        done = await commits.house.write(lambda connection: _step(commits.house, connection))
        commits.bell.set_for(done.alarm)
        commits.tell(done.subjects, done.changes, done.slugs)
        return done.walked

    async def run(self) -> None:
        """Walk whenever there is something to walk, for ever: wanted here, or begun by another process."""
        while True:
            self.wanted.clear()
            try:
                while self.commits.house.backfills and await self.run_once():
                    pass
            except StorageUnavailable:
                pass  # shows in /readyz and in every answer; the walk goes on where the last commit left it
            except Exception:
                logger.exception("A step of a backfill failed; it is tried again.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wanted.wait(), LOOK_AGAIN_AFTER)


def begin(house: House, connection: sqlite3.Connection, audience_id: int, version: int) -> None:
    """Let the walk for a BUILDING audience begin; with nobody there it is done at once."""
    last = subjects.last_id(connection)
    if last:
        number = 1 + int(memory.recall(connection, "walks") or 1)
        memory.remember(connection, "walks", number)
        audiences.start_backfill(connection, Backfill(audience_id, version, 0, last, number))
    else:
        audiences.set_state(connection, audience_id, State.ACTIVE, None)
    house.refresh_audiences(connection, {audience_id})


def _step(house: House, connection: sqlite3.Connection) -> Step:
    waiting = audiences.backfills(connection)
    if not waiting:
        return Step(0, frozenset(), [], frozenset(), None)
    start = min(one.next_id for one in waiting)
    together = [one for one in waiting if one.next_id == start]
    until = min([one.next_id for one in waiting if one.next_id > start] + [one.last_id for one in together])
    asked = {one.audience_id for one in together}
    ids, reached = next_subjects(house, connection, start, until, ONE_STEP, asked)
    verdicts = Verdicts(house.registry, house.backfills)
    alarm = _evaluate(house, connection, verdicts, ids, house.registry.with_dependents(asked))
    house.world.changed_people.update((person.id, person) for person in _people(house, connection, ids))
    rows = write_verdicts(house, connection, verdicts)
    slugs = _move_on(house, connection, together, reached)
    return Step(max(1, len(ids)), frozenset(ids), rows, slugs, alarm)


def _people(house: House, connection: sqlite3.Connection, ids: list[int]) -> list[Person]:
    return house.world.load_people(connection, set(subjects.profiles_of(connection, ids).values()))


def _evaluate(
    house: House, connection: sqlite3.Connection, verdicts: Verdicts, ids: list[int], lives: Sequence[Live]
) -> int | None:
    """Let time pass first, then ask the new rules; give the earliest alarm that is set."""
    now = house.clock.now()
    wanted = set(ids)
    waiting = [
        (subject, person.state_of(subject))
        for person in _people(house, connection, ids)
        for subject in person.all_subjects()
        if subject.id in wanted
    ]
    verdicts.let_pass(waiting, now)
    for subject, state in waiting:
        verdicts.react(subject, state, lives, now, Cause.DEFINITION)
    return first_alarm(subject for subject, _ in waiting)


def _move_on(house: House, connection: sqlite3.Connection, together: list[Backfill], reached: int) -> frozenset[str]:
    """Note how far it has come; an audience that is done, with these rules still its newest, becomes ACTIVE."""
    audiences.move_backfills(connection, [one.audience_id for one in together], reached)
    done = [one for one in together if reached >= one.last_id]
    for one in done:
        audiences.end_backfill(connection, one.audience_id)
        audience = house.registry.audiences.get(one.audience_id)
        if audience is not None and audience.rules_version == one.version and audience.state is State.BUILDING:
            audiences.set_state(connection, one.audience_id, State.ACTIVE, None)
    house.backfills = audiences.backfills(connection)
    if done:
        house.refresh_audiences(connection, {one.audience_id for one in done})
    return frozenset(
        house.registry.audiences[one.audience_id].slug
        for one in together
        if one.audience_id in house.registry.audiences
    )
