"""Reads of what was written, from a place on. Each reading is one snapshot: who it is now, and what there is of him."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.domain.audiences import MembershipChange
from engine.domain.log import Place, Reading, Whose
from engine.errors import InvalidValue
from engine.ports import StoredEvent
from engine.runtime.house import House
from engine.runtime.profiles import ALL_HISTORY, device_of, found_by, fragments_of
from engine.storage import changes, events, subjects
from engine.storage.rows import Kind

T = TypeVar("T")
Source = tuple[int, int]
"""A subject, and the last row of it that counts."""


@dataclass(frozen=True, slots=True)
class Log:
    """Everything here reads one snapshot on a reader's thread."""

    house: House

    async def changes(self, whose: Whose, since: Place | None = None, limit: int = 100) -> Reading[MembershipChange]:
        """Give the entries and exits after a place, or with none the place where the log ends now."""

        def read(connection: sqlite3.Connection) -> Reading[MembershipChange]:
            now = Place(changes.last_id(connection), _subject(connection, whose))
            if since is None:
                return Reading((), now)
            if since.row > now.row:
                raise InvalidValue("This cursor is not of this house: nothing so late has been written.", ("after",))
            rows = changes.since(connection, _sources(connection, whose, since, now), since.row, limit)
            return _reading([(row, row.cursor, row.subject_id) for row in rows], since, now, limit)

        return await self.house.read(read)

    async def events(self, whose: Whose, since: Place | None = None, limit: int = 100) -> Reading[StoredEvent]:
        """Give the events stored after a place, or with none the place where the log ends now."""

        def read(connection: sqlite3.Connection) -> Reading[StoredEvent]:
            now = Place(events.last_id(connection), _subject(connection, whose))
            if since is None:
                return Reading((), now)
            fragments = None if whose == Whose() else [row.id for row in fragments_of(connection, now.subject or 0)]
            rows = events.since(connection, fragments, since.row, limit)
            return _reading([(StoredEvent(row.id, row.event), row.id, None) for row in rows], since, now, limit)

        return await self.house.read(read)


def _subject(connection: sqlite3.Connection, whose: Whose) -> int | None:
    """Tell whose rows they are now: those of a device's own subject while it sees itself only."""
    if whose.device is not None:
        row = device_of(connection, whose.device)
        return None if row is None else row.subject_id or row.profile_id
    return None if whose.profile is None else found_by(connection, whose.profile)


def _sources(connection: sqlite3.Connection, whose: Whose, since: Place, now: Place) -> list[Source] | None:
    """Give whose rows tell of somebody: his own, those from before he was a subject of his own, and those of the
    subject followed so far where it has become part of him. None for everyone's."""
    if whose == Whose():
        return None
    if now.subject is None:
        return []
    loaded = subjects.load(connection, [one for one in (now.subject, since.subject) if one is not None])
    own, before = loaded[now.subject], loaded.get(since.subject or 0)
    sources = [(own.id, ALL_HISTORY)]
    if own.forked_from is not None and own.forked_at is not None:
        sources.append((own.forked_from, own.forked_at))
    if before is not None and before is not own and before.kind is Kind.DEVICE and before.profile_id == own.id:
        sources.append((before.id, ALL_HISTORY))
    return sources


def _reading(rows: Sequence[tuple[T, int, int | None]], since: Place, now: Place, limit: int) -> Reading[T]:
    """Give each item the place after it: that of the former subject until the last row of it."""
    is_full = len(rows) == limit
    former = max((at for at, (_, _, subject) in enumerate(rows) if subject == since.subject), default=-1)
    if is_full:
        former = limit
    items = [
        (item, Place(row, since.subject if at < former and since.subject is not None else now.subject))
        for at, (item, row, _) in enumerate(rows)
    ]
    return Reading(items, items[-1][1] if is_full else Place(max(since.row, now.row), now.subject), is_full)
