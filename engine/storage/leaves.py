"""The table `leaves`: what DID asks about in live audiences, each under a number that is never used again."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection


def load(connection: sqlite3.Connection) -> dict[str, int]:
    """Give the number of each leaf, by its canonical text."""
    return dict(connection.execute("SELECT leaf, id FROM leaves").fetchall())


def keep(connection: sqlite3.Connection, wanted: Collection[str]) -> dict[str, int]:
    """Number the leaves that are new, forget those that nobody asks about any more; gives the numbers."""
    known = load(connection)
    if known.keys() == set(wanted):
        return known
    connection.executemany("DELETE FROM leaves WHERE leaf = ?", [(leaf,) for leaf in known.keys() - set(wanted)])
    fresh = [(leaf,) for leaf in sorted(set(wanted) - known.keys())]
    connection.executemany("INSERT INTO leaves (leaf) VALUES (?)", fresh)
    return load(connection)
