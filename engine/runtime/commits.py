"""What every transaction that moves memberships has in common: written together, then told to those who listen."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.audiences import MembershipChange
from engine.domain.identity import Identifier, identifiers_of
from engine.ports import Notice, Outcome, Submission
from engine.runtime.feed import Feed
from engine.runtime.house import House
from engine.runtime.ingest import Ingest, Taken
from engine.runtime.registry import Registry
from engine.runtime.verdicts import Verdicts
from engine.storage import audiences
from engine.storage.changes import ChangeRow


class Bell:
    """Wakes the alarms when one is set that rings before the one they sleep for."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.next_at: int | None = None

    def set_for(self, at: int | None) -> None:
        """Make sure that somebody is awake at an instant."""
        if at is not None and (self.next_at is None or at < self.next_at):
            self.event.set()


@dataclass(slots=True)
class Commits:
    """The writing side of the house with its listeners."""

    house: House
    feed: Feed
    bell: Bell

    async def ingest(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        """Store all of them in one transaction and tell each its outcome after the commit."""

        def take(connection: sqlite3.Connection) -> Taken:
            house = self.house
            taken = Ingest(house).take(connection, submissions)
            house.grew(taken.sizes)
            house.profiles += taken.profiles
            return taken

        taken = await self.house.write(take)
        self.bell.set_for(taken.alarm)
        self.tell(taken.subjects, taken.changes, named=self._named_in(submissions))
        return taken.outcomes

    def tell(
        self,
        subjects: frozenset[int],
        changes: Sequence[ChangeRow],
        changed_audiences: frozenset[str] = frozenset(),
        named: frozenset[Identifier] = frozenset(),
    ) -> None:
        """Count what was committed, and publish it if anyone listens."""
        self.feed.moved.update((row.transition, row.cause) for row in changes)
        if self.feed.is_heard and (subjects or changed_audiences):
            told = [
                _told(self.house.registry, row) for row in changes if row.audience_id in self.house.registry.audiences
            ]
            touched = changed_audiences | {change.audience_slug for change in told}
            self.feed.publish(Notice(subjects, told, touched, named))

    def _named_in(self, submissions: Sequence[Submission]) -> frozenset[Identifier]:
        if not self.feed.is_heard:
            return frozenset()
        return frozenset(name for one in submissions for event in one.events for name in identifiers_of(event))


def write_verdicts(house: House, connection: sqlite3.Connection, verdicts: Verdicts) -> list[ChangeRow]:
    """Write what was decided, and the subjects that it was decided of."""
    audiences.grow(connection, verdicts.sizes)
    house.grew(verdicts.sizes)
    rows = house.world.save_changes(connection, verdicts.changes)
    house.world.save(connection)
    return rows


def _told(registry: Registry, row: ChangeRow) -> MembershipChange:
    return MembershipChange(
        cursor=row.id,
        subject_id=row.subject_id,
        audience_slug=registry.audiences[row.audience_id].slug,
        transition=row.transition,
        cause=row.cause,
        occurred_at=row.at,
        event_id=row.event_id,
    )
