"""The table `merges`: which homes servers have made parts of others. Each home has at most one live edge upwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from engine.storage.rows import listed

_BELOW = (
    "WITH RECURSIVE below (id) AS (VALUES (?) UNION SELECT m.source_id FROM below CROSS JOIN merges AS m"
    " ON m.target_id = below.id AND m.undone_at IS NULL) SELECT id FROM below"
)


def add(connection: sqlite3.Connection, source_id: int, target_id: int, at: int, author: str | None) -> None:
    """Make a home part of another."""
    connection.execute(
        "INSERT INTO merges (source_id, target_id, at, author) VALUES (?, ?, ?, ?)", (source_id, target_id, at, author)
    )


def undo(connection: sqlite3.Connection, source_id: int, at: int) -> None:
    """Take that back."""
    connection.execute("UPDATE merges SET undone_at = ? WHERE source_id = ? AND undone_at IS NULL", (at, source_id))


def edges_at(connection: sqlite3.Connection, home_id: int) -> list[int]:
    """List the homes whose edge upwards ties this home: its own, if it has one, else those right below it."""
    live = "SELECT source_id FROM merges WHERE undone_at IS NULL AND {} = ? ORDER BY id"
    own = connection.execute(live.format("source_id"), (home_id,)).fetchall()
    return [id for (id,) in own or connection.execute(live.format("target_id"), (home_id,))]


def below(connection: sqlite3.Connection, home_id: int) -> set[int]:
    """Give a home with all that hang on it."""
    return {id for (id,) in connection.execute(_BELOW, (home_id,))}


def targets(connection: sqlite3.Connection) -> dict[int, int]:
    """Give every live edge: home → the home it is part of."""
    return dict(connection.execute("SELECT source_id, target_id FROM merges WHERE undone_at IS NULL").fetchall())


def into(connection: sqlite3.Connection, profile_ids: Collection[int]) -> list[tuple[int, int]]:
    """List (profile, home) of what servers have merged into profiles."""
    query = (
        "SELECT s.profile_id, s.id FROM json_each(?) AS j CROSS JOIN subjects AS s"
        " ON s.profile_id = j.value AND s.kind = 1 CROSS JOIN merges AS m ON m.source_id = s.id"
        " WHERE m.undone_at IS NULL ORDER BY m.id"
    )
    return connection.execute(query, (listed(profile_ids),)).fetchall()
