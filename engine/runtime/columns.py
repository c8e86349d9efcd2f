"""Keeps columns up to date, behind the events: whoever changes is noted, and his block written anew when it pays."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from engine.domain import columns as laid
from engine.domain.columns import SIZE, Row
from engine.domain.profiles import join
from engine.errors import StorageUnavailable
from engine.runtime.blocks import rows_of
from engine.runtime.house import House
from engine.storage import columns, events, fragments, subjects
from engine.storage.rows import FragmentRow

logger = logging.getLogger(__name__)
NOTED_AT_ONCE = 5_000
"""Events; some ten milliseconds of the writer's time."""
MOST_BEHIND = 4_000
"""A preview asks those behind one by one: this many take a fifth of a second."""
WORTH_WHILE = 500
"""So many behind in one block are brought up to date whatever else is going on, and at most so many at once."""
MOST_EVENTS = 2_000
"""The newest of a fragment that are laid out."""
LOOK_AGAIN_AFTER = 0.5
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A block's columns that are other than they were, packed; empty bytes for one that is empty now."""

    block: int
    ids: Sequence[int]
    changed: Mapping[str, bytes]
    marks: tuple[int, ...]


@dataclass(slots=True)
class Columns:
    """Background work: `run_once` notes changes and writes at most one block, `run` loops."""

    house: House
    _last: int = -1

    async def run_once(self, quiet: bool = True) -> int:
        """Note who changed, then bring the block up to date that lacks most; give how many profiles that were.

        Unless it is `quiet`, that waits until it is worth while."""
        last = await self.house.read(columns.last_event)
        if last != self._last:
            left = await self.house.write(lambda connection: columns.note(connection, NOTED_AT_ONCE))
            self._last = last - left
        refreshed = await self.house.read(lambda connection: _refreshed(connection, quiet))
        if refreshed is None:
            return 0
        await self.house.write(lambda connection: _save(connection, refreshed))
        return len(refreshed.ids)

    async def run(self) -> None:
        """Follow the events, for ever: at most a twentieth of one core's time while they come in, else a third."""
        before = -1
        while True:
            started, quiet, before = time.perf_counter(), self._last == before, self._last
            try:
                wrote = await self.run_once(quiet)
            except StorageUnavailable:
                wrote = 0  # shows in /readyz and in every answer
            except Exception:
                wrote = 0
                logger.exception("Columns could not be brought up to date; it is tried again.")
            took = time.perf_counter() - started
            await asyncio.sleep((2 if quiet else 19) * took if wrote else LOOK_AGAIN_AFTER)


def _refreshed(connection: sqlite3.Connection, quiet: bool) -> Refreshed | None:
    total, block, most = columns.fullest(connection)
    if not most or not (quiet or total > MOST_BEHIND or most >= WORTH_WHILE):
        return None
    ids = columns.behind_in(connection, block, WORTH_WHILE)
    return Refreshed(block, ids, _laid_out(connection, block, ids), _marks(connection))


def rewrite(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Bring columns up to date at once, for what must not stand there any longer; who is gone has no rows."""
    in_block: dict[int, list[int]] = {}
    for id in ids:
        in_block.setdefault(id // SIZE, []).append(id)
    for block, some in in_block.items():
        columns.save(connection, block, _laid_out(connection, block, some).items(), some)
    columns.note_rewritten(connection)


def _laid_out(connection: sqlite3.Connection, block: int, ids: Sequence[int]) -> dict[str, bytes]:
    """Work out a block with some profiles anew; gives the columns that are other than before."""
    gone = np.zeros(SIZE, np.bool_)
    gone[[id % SIZE for id in ids]] = True
    rows: dict[str, list[Row]] = {}
    for name, row in rows_in(connection, ids):
        rows.setdefault(name, []).append(row)
    stored = columns.all_of(connection, block)
    changed = {name: _packed(stored.get(name), gone, rows.get(name, ())) for name in {**stored, **rows}}
    return {name: data for name, data in changed.items() if data != stored.get(name, b"")}


def _packed(stored: bytes | None, gone: npt.NDArray[np.bool_], rows: Sequence[Row]) -> bytes:
    column = laid.replaced(laid.EMPTY if stored is None else laid.unpack(stored), gone, rows)
    return laid.pack(column) if len(column.positions) else b""


def unlike(connection: sqlite3.Connection) -> Iterator[tuple[int, str, set[Row], set[Row]]]:
    """Compare what is laid out of all who are not behind with what should be: gives (block, column, is, should be)."""
    behind = set(columns.behind(connection))
    for block in columns.blocks(connection):
        ids = [id for id in range(block * SIZE, block * SIZE + SIZE) if id not in behind]
        trusted = {id % SIZE for id in ids}
        expected: dict[str, set[Row]] = {}
        for name, row in rows_in(connection, ids):
            expected.setdefault(name, set()).add(row)
        stored = {name: set(laid.unpack(data).rows()) for name, data in columns.all_of(connection, block).items()}
        for name in sorted({*stored, *expected}):
            kept = {row for row in stored.get(name, ()) if row[0] in trusted}
            if kept != expected.get(name, set()):
                yield block, name, kept, expected.get(name, set())


def rows_in(connection: sqlite3.Connection, ids: Sequence[int]) -> Iterator[tuple[str, Row]]:
    """Give the rows of those that are profiles; of the others there is nothing."""
    profiles = subjects.profiles_among(connection, ids)
    parts: dict[int, list[FragmentRow]] = {id: [] for id in profiles}
    for part in fragments.of_profiles(connection, profiles):
        parts[part.profile_id].append(part)
    for id, found in parts.items():
        logs = [events.instants(connection, part.id, MOST_EVENTS) for part in found]
        after = max((log[-1][1] for log in logs if len(log) == MOST_EVENTS), default=None)
        yield from rows_of(id % SIZE, join([part.state for part in found]), chain(*logs), after)


def _save(connection: sqlite3.Connection, refreshed: Refreshed) -> None:
    """Write what was worked out, unless another process has noted more meanwhile, or someone was erased."""
    if _marks(connection) == refreshed.marks:
        columns.save(connection, refreshed.block, refreshed.changed.items(), refreshed.ids)


def _marks(connection: sqlite3.Connection) -> tuple[int, ...]:
    return (*columns.marks(connection), columns.rewritten(connection))
