"""The table `tombstones`: digests of what erased people were known by, with the time of erasure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def after(connection: sqlite3.Connection, id: int) -> list[tuple[int, bytes, int]]:
    """List (id, digest, erased at) of those that came after one."""
    query = "SELECT id, digest, erased_at FROM tombstones WHERE id > ? ORDER BY id"
    return connection.execute(query, (id,)).fetchall()


def add(connection: sqlite3.Connection, digests: Iterable[bytes], erased_at: int) -> None:
    """Put up tombstones; who is erased again has the later time, under a new id."""
    connection.executemany(
        "INSERT OR REPLACE INTO tombstones (digest, erased_at) VALUES (?, ?)", [(one, erased_at) for one in digests]
    )
