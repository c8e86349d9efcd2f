"""The tables `audiences`, `audience_versions` and `backfills`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from engine.domain.audiences import Audience, State
from engine.storage.rows import listed

_COLUMNS = (
    "id, slug, name, description, definition, types, version, state, state_reason, personalizable, tags, expires_at,"
    " size, created_at, updated_at, rules_version"
)
_VERSION = "version, definition, created_at, author, name, description, personalizable, tags, expires_at, restored_from"


@dataclass(frozen=True, slots=True)
class Backfill:
    """How far the evaluation of existing subjects has come."""

    audience_id: int
    version: int
    next_id: int
    last_id: int
    number: int
    """Walks are numbered as they begin."""


class VersionRow(NamedTuple):
    """An audience as one edit left it."""

    version: int
    definition: str
    created_at: int
    author: str | None
    name: str
    description: str | None
    personalizable: bool
    tags: tuple[str, ...]
    expires_at: int | None
    restored_from: int | None


def load(connection: sqlite3.Connection, ids: Collection[int] | None = None) -> list[tuple[Audience, dict[str, str]]]:
    """Load audiences, all or some, each with the field types that its rules were saved with."""
    query = f"SELECT {_COLUMNS} FROM audiences"
    if ids is None:
        return [_audience(row) for row in connection.execute(f"{query} ORDER BY id")]
    rows = connection.execute(f"{query} WHERE id IN (SELECT value FROM json_each(?))", (listed(ids),))
    return [_audience(row) for row in rows]


def insert(connection: sqlite3.Connection, audience: Audience, types: Mapping[str, str]) -> int:
    """Add an audience (its id is ignored); gives the new id."""
    cursor = connection.execute(
        f"INSERT INTO audiences ({_COLUMNS.removeprefix('id, ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (audience.slug, *_details(audience, types)),
    )
    return int(cursor.lastrowid or 0)


def update(connection: sqlite3.Connection, audience: Audience, types: Mapping[str, str]) -> None:
    """Write an audience's details."""
    connection.execute(
        "UPDATE audiences SET name = ?, description = ?, definition = ?, types = ?, version = ?, state = ?,"
        " state_reason = ?, personalizable = ?, tags = ?, expires_at = ?, size = ?, created_at = ?, updated_at = ?,"
        " rules_version = ?"
        " WHERE id = ?",
        (*_details(audience, types), audience.id),
    )


def add_version(
    connection: sqlite3.Connection,
    audience: Audience,
    types: Mapping[str, str],
    author: str | None,
    restored_from: int | None,
) -> None:
    """Keep an audience as it now is under its version."""
    connection.execute(
        f"INSERT INTO audience_versions (audience_id, types, {_VERSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(audience.id, json.dumps(types), audience.version, audience.definition, audience.updated_at, author),
            *(audience.name, audience.description, audience.personalizable, json.dumps(audience.tags)),
            *(audience.expires_at, restored_from),
        ),
    )


def versions(connection: sqlite3.Connection, audience_id: int, upto: int | None, limit: int) -> list[VersionRow]:
    """List versions, newest first, from one on or from the newest."""
    further = "" if upto is None else " AND version <= ?"
    rows = connection.execute(
        f"SELECT {_VERSION} FROM audience_versions WHERE audience_id = ?{further} ORDER BY version DESC LIMIT ?",
        (audience_id, *(() if upto is None else (upto,)), limit),
    )
    found = (VersionRow(*row) for row in rows)
    return [
        one._replace(personalizable=bool(one.personalizable), tags=tuple(json.loads(str(one.tags)))) for one in found
    ]


def delete(connection: sqlite3.Connection, audience_id: int) -> None:
    """Remove an audience with its versions; its memberships and history are another matter."""
    for table in ("audience_versions", "backfills"):
        connection.execute(f"DELETE FROM {table} WHERE audience_id = ?", (audience_id,))
    connection.execute("DELETE FROM audiences WHERE id = ?", (audience_id,))


def set_state(connection: sqlite3.Connection, audience_id: int, state: State, reason: str | None) -> None:
    """Write where an audience stands."""
    connection.execute("UPDATE audiences SET state = ?, state_reason = ? WHERE id = ?", (state, reason, audience_id))


def grow(connection: sqlite3.Connection, sizes: Mapping[int, int]) -> None:
    """Add to sizes: audience id → difference."""
    connection.executemany(
        "UPDATE audiences SET size = size + ? WHERE id = ?", [(by, audience_id) for audience_id, by in sizes.items()]
    )


def start_backfill(connection: sqlite3.Connection, one: Backfill) -> None:
    """Begin a walk over all subjects; one that was under way begins anew."""
    connection.execute(
        "INSERT OR REPLACE INTO backfills (audience_id, version, next_id, last_id, number) VALUES (?, ?, ?, ?, ?)",
        (one.audience_id, one.version, one.next_id, one.last_id, one.number),
    )


def backfills(connection: sqlite3.Connection) -> list[Backfill]:
    """List the walks under way, the one that has least left first."""
    rows = connection.execute(
        "SELECT audience_id, version, next_id, last_id, number FROM backfills ORDER BY last_id - next_id, audience_id"
    )
    return [Backfill(*row) for row in rows]


def move_backfills(connection: sqlite3.Connection, audience_ids: Iterable[int], next_id: int) -> None:
    """Note how far walks have come."""
    connection.executemany(
        "UPDATE backfills SET next_id = ? WHERE audience_id = ?", [(next_id, one) for one in audience_ids]
    )


def end_backfill(connection: sqlite3.Connection, audience_id: int) -> None:
    """Forget a walk that is done."""
    connection.execute("DELETE FROM backfills WHERE audience_id = ?", (audience_id,))


def members(
    connection: sqlite3.Connection,
    audience_id: int,
    beyond: tuple[int, int] | None,
    limit: int,
    backwards: bool = False,
) -> list[tuple[int, int]]:
    """List (since, profile), most recently entered first."""
    sign, order = (">", "ASC") if backwards else ("<", "DESC")
    further = f" AND (since, subject_id) {sign} (?, ?)" if beyond else ""
    return connection.execute(
        f"SELECT since, subject_id FROM memberships WHERE audience_id = ? AND kind = 0{further}"
        f" ORDER BY since {order}, subject_id {order} LIMIT ?",
        (audience_id, *(beyond or ()), limit),
    ).fetchall()


def _details(audience: Audience, types: Mapping[str, str]) -> tuple[object, ...]:
    return (
        *(audience.name, audience.description, audience.definition, json.dumps(types), audience.version),
        *(audience.state, audience.state_reason, audience.personalizable, json.dumps(audience.tags)),
        *(audience.expires_at, audience.size, audience.created_at, audience.updated_at, audience.rules_version),
    )


def _audience(row: tuple[object, ...]) -> tuple[Audience, dict[str, str]]:
    names = _COLUMNS.split(", ")
    given = dict(zip(names, row, strict=True))
    types: dict[str, str] = json.loads(str(given.pop("types")))
    given["tags"] = tuple(json.loads(str(given["tags"])))
    given["personalizable"] = bool(given["personalizable"])
    given["state"] = State(str(given["state"]))
    return Audience(**given), types  # type: ignore[arg-type]  # the columns are named as the fields


def count_members(connection: sqlite3.Connection, audience_id: int) -> int:
    """Count the profiles in an audience, row by row."""
    query = "SELECT count(*) FROM memberships WHERE audience_id = ? AND kind = 0"
    (found,) = connection.execute(query, (audience_id,)).fetchone()
    return int(found)


def counted(connection: sqlite3.Connection) -> dict[int, int]:
    """Count the members of every audience, row by row."""
    query = "SELECT audience_id, count(*) FROM memberships WHERE kind = 0 GROUP BY audience_id"
    return dict(connection.execute(query).fetchall())
