"""Rows of a person from every table, for an export."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, TypeAlias

from engine.domain.identity import Identifier
from engine.storage.rows import listed

Beyond: TypeAlias = tuple[int, ...]


class Told(NamedTuple):
    """A row as it is told, and where it stands."""

    at: Beyond
    told: dict[str, Any]


def events(connection: sqlite3.Connection, ids: Sequence[int], beyond: Beyond | None, limit: int) -> list[Told]:
    """List events of fragments, fragment by fragment and each in order of time, beyond a place."""
    found: list[Told] = []
    fragment, at, id = beyond or (0, -(2**62), 0)
    query = (
        "SELECT e.fragment_id, e.occurred_at, e.id, e.carried, e.body FROM events AS e WHERE e.fragment_id = ?"
        " AND (e.occurred_at, e.id) > (?, ?) ORDER BY e.occurred_at, e.id LIMIT ?"
    )
    for one in (one for one in ids if one >= fragment):
        start = (at, id) if one == fragment else (-(2**62), 0)
        for row in connection.execute(query, (one, *start, limit - len(found))):
            names = [part for part in row[3].split(",") if part]
            found.append(Told(row[:3], {"id": row[2], "part": row[0], "names": names, **json.loads(row[4])}))
        if len(found) >= limit:
            break
    return found


def history(connection: sqlite3.Connection, ids: Sequence[int], beyond: Beyond | None, limit: int) -> list[Told]:
    """List entries and exits of subjects in order, beyond a place."""
    query = (
        "SELECT c.id, c.subject_id, a.slug, c.transition, c.cause, c.at, c.event_id FROM json_each(?) AS j"
        " CROSS JOIN membership_changes AS c ON c.subject_id = j.value AND c.id > ?"
        " LEFT JOIN audiences AS a ON a.id = c.audience_id ORDER BY c.id LIMIT ?"
    )
    names = ("subject", "audience", "transition", "cause", "at", "event_id")
    rows = connection.execute(query, (listed(ids), beyond[0] if beyond else 0, limit))
    return [Told((row[0],), dict(zip(names, row[1:], strict=True))) for row in rows]


def merges(connection: sqlite3.Connection, homes: Collection[int]) -> list[dict[str, Any]]:
    """List what servers merged, and what of it was taken back."""
    return _all(
        connection,
        "SELECT source_id AS source, target_id AS target, at, author, undone_at FROM merges"
        " WHERE source_id IN (SELECT value FROM json_each(?1)) OR target_id IN (SELECT value FROM json_each(?1))",
        listed(homes),
    )


def conflicts(connection: sqlite3.Connection, homes: Collection[int]) -> list[dict[str, Any]]:
    """List identifications that were not followed."""
    query = (
        "SELECT event_id, at, reason FROM conflicts WHERE profile_id IN (SELECT value FROM json_each(?)) ORDER BY id"
    )
    return _all(connection, query, listed(homes))


def refusals(connection: sqlite3.Connection, ids: Collection[int]) -> list[dict[str, Any]]:
    """List refused events by id."""
    query = (
        "SELECT source, received_at, code, path, message, body FROM refusals"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
    )
    return _all(connection, query, listed(ids))


def apart(connection: sqlite3.Connection, identifiers: Collection[Identifier]) -> set[tuple[Identifier, Identifier]]:
    """List pairs that are kept apart, of which one is among the identifiers."""
    rows = connection.execute("SELECT namespace, value, other_namespace, other_value FROM apart")
    pairs = (((one, value), (other, further)) for one, value, other, further in rows)
    return {pair for pair in pairs if pair[0] in identifiers or pair[1] in identifiers}


def _all(connection: sqlite3.Connection, query: str, *given: Any) -> list[dict[str, Any]]:
    cursor = connection.execute(query, given)
    names = [name for name, *_ in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
