"""The table `identifiers`: which profile one names, and which fragment takes what comes under it alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import TypeAlias

Identifier: TypeAlias = tuple[str, str]
Named: TypeAlias = tuple[int | None, int | None]
"""(profile id, fragment id), either may be missing."""


def look_up(connection: sqlite3.Connection, identifiers: Collection[Identifier]) -> dict[Identifier, Named]:
    """Find all identifiers of a batch in one statement."""
    rows = connection.execute(
        "SELECT i.namespace, i.value, i.profile_id, i.fragment_id FROM json_each(?) AS j"
        " CROSS JOIN identifiers AS i ON i.namespace = j.value ->> 0 AND i.value = j.value ->> 1",
        (json.dumps(list(identifiers)),),
    )
    return {(namespace, value): (profile, fragment) for namespace, value, profile, fragment in rows}


def save(connection: sqlite3.Connection, named: Iterable[tuple[Identifier, Named]]) -> None:
    """Write identifiers, new or changed."""
    connection.executemany(
        "INSERT INTO identifiers (namespace, value, profile_id, fragment_id) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET profile_id = excluded.profile_id, fragment_id = excluded.fragment_id",
        [(*identifier, *named) for identifier, named in named],
    )
