"""The small tables of the house itself: settings it must remember, attributes seen, refusals, imports."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping

from engine.domain.events import Refusal
from engine.seen import Seen, SeenEvent
from engine.values import FieldType

MOST_REFUSALS = 10_000


def remember(connection: sqlite3.Connection, name: str, value: int | str) -> None:
    """Keep a value under a name."""
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))


def recall(connection: sqlite3.Connection, name: str) -> int | str | None:
    """Give the value under a name."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    value: int | str | None = row[0] if row else None
    return value


def attributes(connection: sqlite3.Connection) -> dict[str, Seen]:
    """Load the attributes seen."""
    found: dict[str, Seen] = {}
    for name, type, count in connection.execute("SELECT name, type, count FROM attributes"):
        found.setdefault(name, Seen()).types[FieldType(type)] = count
    return found


def save_attributes(connection: sqlite3.Connection, seen: Mapping[str, Seen], changed: Iterable[str]) -> None:
    """Write attributes, new or changed, and remove those that are no longer known."""
    named = list(changed)
    connection.executemany(
        "INSERT OR REPLACE INTO attributes (name, type, count) VALUES (?, ?, ?)",
        [(name, type, count) for name in named if name in seen for type, count in seen[name].types.items()],
    )
    gone = [(name,) for name in named if name not in seen]
    connection.executemany("DELETE FROM attributes WHERE name = ?", gone)


def events(connection: sqlite3.Connection) -> dict[str, SeenEvent]:
    """Load the events seen with their properties."""
    found: dict[str, SeenEvent] = {}
    for name, property, type, count in connection.execute("SELECT name, property, type, count FROM events_seen"):
        seen = found.setdefault(name, SeenEvent())
        if property:
            seen.properties.setdefault(property, Seen()).types[FieldType(type)] = count
        else:
            seen.count = count
    return found


def save_events(
    connection: sqlite3.Connection, seen: Mapping[str, SeenEvent], changed: Iterable[tuple[str, str]]
) -> None:
    """Write what changed of events seen: (word, property), or (word, "") for how many there were; what is no longer
    known goes."""
    found = {key: _counted(seen, *key) for key in changed}
    connection.executemany(
        "INSERT OR REPLACE INTO events_seen (name, property, type, count) VALUES (?, ?, ?, ?)",
        [(*key, *one) for key, counted in found.items() for one in counted],
    )
    gone = [key for key, counted in found.items() if not counted]
    connection.executemany("DELETE FROM events_seen WHERE name = ? AND property = ?", gone)


def _counted(seen: Mapping[str, SeenEvent], name: str, property: str) -> Collection[tuple[str, int]]:
    one = seen.get(name)
    if one is None:
        return ()
    if not property:
        return [("", one.count)]
    return one.properties[property].types.items() if property in one.properties else ()


def add_refusals(connection: sqlite3.Connection, refusals: Iterable[Refusal]) -> None:
    """Keep refusals; only the newest 10,000 stay."""
    connection.executemany(
        "INSERT INTO refusals (source, received_at, code, path, message, body) VALUES (?, ?, ?, ?, ?, ?)",
        [(one.source, one.received_at, one.code, one.path, one.message, one.body) for one in refusals],
    )
    connection.execute("DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - ?", (MOST_REFUSALS,))


def refusals(connection: sqlite3.Connection, limit: int, skip: int) -> list[Refusal]:
    """List the newest refusals, leaving out so many."""
    query = "SELECT source, received_at, code, path, message, body FROM refusals ORDER BY id DESC LIMIT ? OFFSET ?"
    rows = connection.execute(query, (limit, skip))
    return [
        Refusal(source=source, received_at=at, code=code, path=path, message=message, body=body)
        for source, at, code, path, message, body in rows
    ]


def imported(connection: sqlite3.Connection, digest: str) -> int:
    """Tell how many lines of a file are in already."""
    row = connection.execute("SELECT line FROM imports WHERE digest = ?", (digest,)).fetchone()
    return int(row[0]) if row else 0


def note_import(connection: sqlite3.Connection, digest: str, line: int) -> None:
    """Note how many lines of a file are in."""
    connection.execute("INSERT OR REPLACE INTO imports (digest, line) VALUES (?, ?)", (digest, line))
