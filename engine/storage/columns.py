"""The tables `columns` and `behind`: what profiles hold, by column, and who has changed since that was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from engine.domain.columns import SIZE
from engine.storage.rows import listed

MOST_UNNOTED = 20_000
"""Events."""
_CHANGED = (
    "SELECT f.profile_id FROM events AS e CROSS JOIN fragments AS f ON f.id = e.fragment_id"
    " WHERE e.id > :event AND e.id <= :until"
    " UNION SELECT home_id FROM links WHERE id > :link"
    " UNION SELECT before_id FROM links WHERE id > :link AND before_id IS NOT NULL"
)
"""Whoever took an event or was linked since; a former profile too. Who merges and unlinks tells so by `stale`."""


def marks(connection: sqlite3.Connection) -> tuple[int, int]:
    """Tell up to which event and which link `behind` knows who has changed."""
    row = connection.execute("SELECT event_id, link_id FROM columns_mark WHERE id = 1").fetchone()
    return row or (0, 0)


def last_event(connection: sqlite3.Connection) -> int:
    """Tell the newest event's id."""
    (found,) = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
    return int(found)


def are_there(connection: sqlite3.Connection) -> bool:
    """Tell whether columns are kept so far that those behind can be listed."""
    return last_event(connection) - marks(connection)[0] <= MOST_UNNOTED


def note(connection: sqlite3.Connection, most: int) -> int:
    """Put whoever changed since the mark among those behind, by at most so many events; give how many are left."""
    event, link = marks(connection)
    last = last_event(connection)
    until = min(last, event + most)
    if until > event:
        (last_link,) = connection.execute("SELECT coalesce(max(id), 0) FROM links").fetchone()
        changed = {"event": event, "link": link, "until": until}
        connection.execute(f"INSERT OR IGNORE INTO behind {_CHANGED}", changed)
        connection.execute("INSERT OR REPLACE INTO columns_mark VALUES (1, ?, ?)", (until, last_link))
    return last - until


def stale(connection: sqlite3.Connection, profile_ids: Iterable[int]) -> None:
    """Put profiles among those behind, former ones too; what is being worked out of them is out of date."""
    connection.execute("INSERT OR IGNORE INTO behind SELECT value FROM json_each(?)", (listed(profile_ids),))
    note_rewritten(connection)


def behind(connection: sqlite3.Connection, after: int = 0, until: int = 2**62) -> list[int]:
    """List those of a stretch of ids whose columns may be out of date, former profiles among them."""
    event, link = marks(connection)
    changed = {"event": event, "link": link, "until": last_event(connection)}
    noted = connection.execute("SELECT profile_id FROM behind WHERE profile_id > ? AND profile_id <= ?", (after, until))
    found = {id for (id,) in (*noted, *connection.execute(_CHANGED, changed))}
    return sorted(id for id in found if after < id <= until)


def fullest(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Give how many are behind, and the block with the most of them with how many those are."""
    row = connection.execute(
        "SELECT sum(count(*)) OVER (), profile_id / ?, count(*) FROM behind GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 1",
        (SIZE,),
    ).fetchone()
    return row or (0, 0, 0)


def behind_in(connection: sqlite3.Connection, block: int, limit: int) -> list[int]:
    """List those of a block that are behind as far as is noted."""
    rows = connection.execute(
        "SELECT profile_id FROM behind WHERE profile_id BETWEEN ? AND ? LIMIT ?",
        (block * SIZE, block * SIZE + SIZE - 1, limit),
    )
    return [id for (id,) in rows]


def blocks(connection: sqlite3.Connection) -> list[int]:
    """List the blocks that have columns."""
    return [block for (block,) in connection.execute("SELECT DISTINCT block FROM columns")]


def all_of(connection: sqlite3.Connection, block: int) -> dict[str, bytes]:
    """Load all columns of a block, packed."""
    return dict(connection.execute("SELECT name, data FROM columns WHERE block = ?", (block,)).fetchall())


def one(connection: sqlite3.Connection, block: int, name: str) -> bytes | None:
    """Load one column of a block, packed."""
    row = connection.execute("SELECT data FROM columns WHERE block = ? AND name = ?", (block, name)).fetchone()
    return row and bytes(row[0])


def save(
    connection: sqlite3.Connection, block: int, changed: Iterable[tuple[str, bytes]], ids: Collection[int]
) -> None:
    """Write columns of a block, an empty one not at all; these profiles are no longer behind."""
    connection.executemany(
        "INSERT INTO columns (block, name, data) VALUES (?, ?, ?)"
        " ON CONFLICT (block, name) DO UPDATE SET data = excluded.data",
        [(block, name, data) for name, data in changed if data],
    )
    connection.executemany(
        "DELETE FROM columns WHERE block = ? AND name = ?", [(block, name) for name, data in changed if not data]
    )
    connection.execute("DELETE FROM behind WHERE profile_id IN (SELECT value FROM json_each(?))", (listed(ids),))


def rewritten(connection: sqlite3.Connection) -> int:
    """Tell how often columns were written at once, beside those who follow the events."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'columns_rewritten'").fetchone()
    return int(row[0]) if row else 0


def note_rewritten(connection: sqlite3.Connection) -> None:
    """Count one more: what somebody has worked out meanwhile from older columns is not to be written."""
    connection.execute(
        "INSERT INTO meta VALUES ('columns_rewritten', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
    )


def clear(connection: sqlite3.Connection) -> None:
    """Forget every column: all profiles are behind again."""
    for table in ("columns", "behind", "columns_mark"):
        connection.execute(f"DELETE FROM {table}")
