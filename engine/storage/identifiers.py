"""The table `identifiers`: which home one names, and which fragment takes what comes under it alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple, TypeAlias

Identifier: TypeAlias = tuple[str, str]


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
