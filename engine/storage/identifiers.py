"""The table `identifiers`: which home one names, and which fragment takes what comes under it alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from engine.domain.identity import Identifier
from engine.storage.rows import listed


class Named(NamedTuple):
    """What an identifier leads to."""

    home: int | None = None
    """For one of a person: the home that it names."""
    fragment: int | None = None
    """For a device: the fragment that takes what comes under its id alone."""
    proven: bool = False
    """Whether a device has ever shown its secret."""


NOTHING = Named()


def look_up(connection: sqlite3.Connection, identifiers: Collection[Identifier]) -> dict[Identifier, Named]:
    """Find all identifiers of a batch in one statement."""
    rows = connection.execute(
        "SELECT i.namespace, i.value, i.home_id, i.fragment_id, i.proven FROM json_each(?) AS j"
        " CROSS JOIN identifiers AS i ON i.namespace = j.value ->> 0 AND i.value = j.value ->> 1",
        (json.dumps(list(identifiers)),),
    )
    return {
        (namespace, value): Named(home, fragment, bool(proven)) for namespace, value, home, fragment, proven in rows
    }


def save(connection: sqlite3.Connection, named: Iterable[tuple[Identifier, Named]]) -> None:
    """Write identifiers, new or changed."""
    connection.executemany(
        "INSERT INTO identifiers (namespace, value, home_id, fragment_id, proven) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET home_id = excluded.home_id, fragment_id = excluded.fragment_id,"
        " proven = excluded.proven",
        [(*identifier, *named) for identifier, named in named],
    )


def of_homes(connection: sqlite3.Connection, home_ids: Collection[int]) -> dict[Identifier, int]:
    """List the person identifiers that homes hold: identifier → home."""
    query = (
        "SELECT i.namespace, i.value, i.home_id FROM json_each(?) AS j CROSS JOIN identifiers AS i"
        " ON i.home_id = j.value"
    )
    return {(namespace, value): home for namespace, value, home in connection.execute(query, (listed(home_ids),))}


def release(connection: sqlite3.Connection, identifiers: Iterable[Identifier]) -> None:
    """Let identifiers name nobody."""
    connection.executemany("DELETE FROM identifiers WHERE namespace = ? AND value = ?", list(identifiers))


def apart(connection: sqlite3.Connection) -> set[frozenset[Identifier]]:
    """Load the pairs that no claim joins again."""
    rows = connection.execute("SELECT namespace, value, other_namespace, other_value FROM apart")
    return {frozenset(((one, value), (other, further))) for one, value, other, further in rows}


def apart_from(
    connection: sqlite3.Connection, identifiers: Collection[Identifier]
) -> list[tuple[Identifier, Identifier]]:
    """List the pairs of which exactly one end is among these: that end, and the other."""
    own = set(identifiers)
    query = (
        "SELECT namespace, value, other_namespace, other_value FROM apart WHERE namespace || ':' || value IN"
        " (SELECT value FROM json_each(:own)) OR other_namespace || ':' || other_value IN"
        " (SELECT value FROM json_each(:own)) ORDER BY at DESC, namespace, value, other_namespace, other_value"
    )
    rows = connection.execute(query, {"own": json.dumps([":".join(one) for one in own])})
    pairs = (((one, value), (other, further)) for one, value, other, further in rows)
    return [(one, other) if one in own else (other, one) for one, other in pairs if (one in own) != (other in own)]


def keep_apart(connection: sqlite3.Connection, pairs: Iterable[frozenset[Identifier]], at: int) -> None:
    """Let no claim join pairs again."""
    connection.executemany(
        "INSERT OR IGNORE INTO apart (namespace, value, other_namespace, other_value, at) VALUES (?, ?, ?, ?, ?)",
        [(*one, *other, at) for one, other in map(sorted, pairs)],
    )


def let_join(connection: sqlite3.Connection, pairs: Iterable[frozenset[Identifier]]) -> None:
    """Take back that pairs are apart."""
    connection.executemany(
        "DELETE FROM apart WHERE namespace = ? AND value = ? AND other_namespace = ? AND other_value = ?",
        [(*one, *other) for one, other in map(sorted, pairs)],
    )
