"""The table `removals`: audiences that are deleted while rows of theirs are still there, and those rows."""

from __future__ import annotations

import sqlite3


def begin(connection: sqlite3.Connection, audience_id: int) -> None:
    """Note that all rows of an audience are to go."""
    connection.execute("INSERT INTO removals (audience_id) VALUES (?)", (audience_id,))


def waiting(connection: sqlite3.Connection) -> list[int]:
    """List the audiences of which something is left."""
    return [one for (one,) in connection.execute("SELECT audience_id FROM removals ORDER BY audience_id")]


def memberships(connection: sqlite3.Connection, audience_id: int, limit: int) -> int:
    """Remove some memberships; give how many."""
    rows = connection.execute(
        "SELECT subject_id, audience_id FROM memberships WHERE audience_id = ? LIMIT ?", (audience_id, limit)
    ).fetchall()
    connection.executemany("DELETE FROM memberships WHERE subject_id = ? AND audience_id = ?", rows)
    return len(rows)


def history(connection: sqlite3.Connection, audience_id: int, limit: int) -> int:
    """Remove some entries and exits; give how many."""
    rows = connection.execute(
        "SELECT id FROM membership_changes WHERE audience_id = ? LIMIT ?", (audience_id, limit)
    ).fetchall()
    connection.executemany("DELETE FROM membership_changes WHERE id = ?", rows)
    return len(rows)


def end(connection: sqlite3.Connection, audience_id: int) -> None:
    """Note that nothing of an audience is left."""
    connection.execute("DELETE FROM removals WHERE audience_id = ?", (audience_id,))
