"""The story of an erasure, in steps that a start can go on with: an order is put down, others' events are told without
the person, the person goes in one transaction, then the events, and at last every trace in the database's files.

The order says who by number only. Until it is done, each start begins with it, and it is tried again every minute."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from engine.domain.identity import DEVICE
from engine.domain.privacy import Erased, Holding
from engine.domain.redaction import Redaction
from engine.errors import NotFound, StorageUnavailable
from engine.ports import ProfileBy
from engine.runtime import erasing
from engine.runtime.commits import Commits
from engine.runtime.erasing import Done, Who
from engine.runtime.profiles import found_by
from engine.storage import erasures, subjects
from engine.storage.aside import Aside, rows_with
from engine.storage.erasures import Order

logger = logging.getLogger(__name__)
T = TypeVar("T")
LOOK_AGAIN_AFTER = 60
"""Seconds."""
PATIENCE = 15
"""Seconds to wait until nobody reads what is older than the erasure."""
PAUSE = 0.1
MOST_UNSEARCHED = 2_000
"""Events that may have come since all were searched; these are while everyone else waits, some ten milliseconds."""


class TraceLeft(StorageUnavailable):
    """The person is gone from every table, but not yet from the bytes of the files."""


@dataclass(frozen=True, slots=True)
class Look:
    """A person on one snapshot, and how far the tables reached."""

    who: Who
    shared: dict[str, int]
    """Devices that others use too, each with the newest fragment of theirs."""
    last: dict[str, int]
    """Table → highest id."""
    since: dict[str, int]
    """Table → up to which row an earlier look has searched for the very same names."""

    @property
    def names(self) -> Redaction:
        """What is nobody else's name."""
        own = (one for one in self.who.identifiers if one[0] != DEVICE or one[1] not in self.shared)
        return Redaction(frozenset(own))


@dataclass(slots=True)
class Erasures:
    """Carries out one order at a time; background work too: `run_once` goes on with what is not done."""

    commits: Commits
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def erase(self, by: ProfileBy) -> Erased:
        """Erase a profile. Raises NotFound; StorageUnavailable where it could not be brought to its end at once."""
        async with self._turn:
            order = await self.commits.house.write(partial(_place, self.commits, by))
            return await self._carry_out(order)

    async def run_once(self) -> int:
        """Go on with every order that is not done; give how many there were."""
        async with self._turn:
            orders = await self.commits.house.read(erasures.waiting)
            for order in orders:
                await self._carry_out(order)
        return len(orders)

    async def go_on(self) -> None:
        """Go on at a start, before anybody is served; where only a trace is left in the files, that may wait."""
        try:
            await self.run_once()
        except TraceLeft as error:
            logger.warning("%s", error)

    async def run(self) -> None:
        """Look every minute, for ever."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_AFTER)
            try:
                await self.run_once()
            except StorageUnavailable as error:
                logger.warning("An erasure could not be brought to its end yet: %s", error)
            except Exception:
                logger.exception("An erasure failed; it is tried again.")

    async def _carry_out(self, order: Order) -> Erased:
        house = self.commits.house
        with closing(await asyncio.to_thread(Aside, house.database.path)) as aside:
            erased = await self._erase(order, aside) if order.erased_at is None else Erased(order.profile_id, 0)
            order = await house.read(partial(erasures.one, id=order.id))
            while await house.write(partial(erasing.remove_events, house, order=order)):
                pass
            await self._leave_no_trace(aside)
        await house.write(lambda connection: erasures.note_done(connection, order.id, house.clock.now()))
        return erased

    async def _erase(self, order: Order, aside: Aside) -> Erased:
        """Look, search and tell anew what others told, until nothing has come between that and the erasure."""
        house, changed = self.commits.house, 0
        look: Look | None = None
        refused: set[int] = set()
        while (look := await house.read(partial(_look, profile_id=order.profile_id, before=look))) is not None:
            found = await self._search(aside, look, "events")
            refused.update(await self._search(aside, look, "refusals"))
            for at in range(0, len(found), erasing.AT_ONCE):
                some = found[at : at + erasing.AT_ONCE]
                work = partial(erasing.redact, house, person=look.who, names=look.names, event_ids=some)
                changed += (await self._write(work)).count
            done = await self._write(partial(self._erase_now, order=order, look=look, refused=refused))
            if done is not None:
                named_in = await house.read(partial(erasing.named_in, names=look.names))
                return Erased(look.who.profile_id, done.count, changed, named_in)
        await house.write(partial(erasures.note_erased, id=order.id, at=0, fragments=()))
        return Erased(order.profile_id, 0)

    async def _search(self, aside: Aside, look: Look, table: str) -> Sequence[int]:
        return await asyncio.to_thread(aside.search, table, look.names.needles, look.since[table], look.last[table])

    def _erase_now(
        self, connection: sqlite3.Connection, order: Order, look: Look, refused: Collection[int]
    ) -> Done | None:
        """Erase, unless more than a little has changed since the look; what came since is searched first."""
        house, names = self.commits.house, look.names
        last = {table: erasures.last_id(connection, table) for table in look.last}
        if last["events"] - look.last["events"] > MOST_UNSEARCHED or not _is_still(connection, look):
            return None
        since = {
            table: list(rows_with(connection, table, names.needles, look.last[table], last[table]))
            for table in ("events", "refusals")
        }
        erasing.redact(house, connection, look.who, names, since["events"])
        erasing.remove_refusals(connection, names, [*refused, *since["refusals"]])
        return erasing.erase(house, connection, order.id, look.who, look.shared, names)

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do one step, and tell those who listen."""
        done = await self.commits.house.write(work)
        if isinstance(done, Done):
            self.commits.tell(done.subjects, done.changes, done.audiences)
        return done

    async def _leave_no_trace(self, aside: Aside) -> None:
        """Empty the write-ahead log and overwrite what rows that are gone left in the file.

        The log is emptied before the look, as only then the file says all, and once more after it."""
        await self._wiped(aside)
        await asyncio.to_thread(aside.look)
        while await self._wiped(aside):
            pass

    async def _wiped(self, aside: Aside) -> int:
        """Wipe some pages when nobody is in the way; give how many are left. Nobody here writes meanwhile."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while (left := await self.commits.house.database.between(aside.wipe)) is None:
            if asyncio.get_running_loop().time() > deadline:
                raise TraceLeft(
                    "The person is erased, but a copy of what was erased may still be in the write-ahead log, because"
                    " others have been reading the database all the time. It is tried again every minute."
                )
            await asyncio.sleep(PAUSE)
        return left


def holding(connection: sqlite3.Connection, by: ProfileBy) -> Holding:
    """Tell what an erasure would take away. Raises NotFound."""
    look = _look(connection, profile_named(connection, by), None)
    assert look is not None, "what is found on a snapshot is there"
    events = erasures.count_events(connection, look.who.fragments)
    names = look.names
    return Holding(look.who.profile_id, events, sorted(names.identifiers), erasing.named_in(connection, names))


def profile_named(connection: sqlite3.Connection, by: ProfileBy) -> int:
    """Give the id of the profile that somebody is part of now. Raises NotFound."""
    id = found_by(connection, by)
    found = None if id is None else subjects.profiles_of(connection, [id]).get(id)
    if found is None:
        raise NotFound("There is no such profile.", ("by",))
    return found


def _place(commits: Commits, by: ProfileBy, connection: sqlite3.Connection) -> Order:
    return erasures.place(connection, profile_named(connection, by), commits.house.clock.now())


def _look(connection: sqlite3.Connection, profile_id: int, before: Look | None) -> Look | None:
    """Look at whom an order is about: another profile, where that has become part of it.

    What has not changed since an earlier look is not looked for again: under load the first one takes too long."""
    id = subjects.profiles_of(connection, [profile_id]).get(profile_id)
    who = None if id is None else erasing.who(connection, id)
    if who is None:
        return None
    last = {table: erasures.last_id(connection, table) for table in ("events", "refusals", "fragments")}
    if before is not None and before.who == who and _is_still(connection, before):
        return Look(who, before.shared, last, before.last)
    shared = erasures.devices_of_others(connection, who.devices, who.profile_id)
    return Look(who, shared, last, dict.fromkeys(last, 0))


def _is_still(connection: sqlite3.Connection, look: Look) -> bool:
    """Tell whether a person is what it was, and its devices are shared by the same others."""
    who = look.who
    if erasing.who(connection, who.profile_id) != who:
        return False
    since = erasures.devices_of_others(connection, who.devices, who.profile_id, look.last["fragments"])
    return not since and erasures.are_of_others(connection, look.shared.values(), who.profile_id)
