"""Lists of profiles, by keyset."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

_COLUMN = {"first_seen_at": "first_at", "last_seen_at": "last_at"}


LAST = "\U0010ffff"
_NAMED = (
    "SELECT coalesce(s.profile_id, f.profile_id) FROM identifiers AS i LEFT JOIN subjects AS s ON s.id = i.home_id"
    " LEFT JOIN fragments AS f ON f.id = i.fragment_id"
    " WHERE i.namespace IN ('email', 'user_id', 'anonymous_id') AND i.value >= ? AND i.value < ?"
)
"""The profiles that identifiers of a range name; a device names the profile that it belongs to now."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which profiles, by what."""

    known: bool | None
    text: str | None
    """What an identifier begins with, as it is written or in lower case (as e-mail addresses are kept)."""
    order: str
    descending: bool

    def where(self) -> tuple[str, list[str]]:
        """Give the condition and its parameters."""
        condition = "kind = 0"
        if self.known is not None:
            condition += f" AND email IS {'NOT ' if self.known else ''}NULL"
        if self.text is None:
            return condition, []
        starts = {self.text, self.text.lower()}
        return (
            f"{condition} AND id IN ({' UNION '.join([_NAMED] * len(starts))})",
            [bound for start in sorted(starts) for bound in (start, start + LAST)],
        )


def profiles(
    connection: sqlite3.Connection, choice: Choice, beyond: Sequence[int | str] | None, limit: int, backwards: bool
) -> list[tuple[int, int]]:
    """List (time, id) of profiles."""
    column = _COLUMN[choice.order]
    down = choice.descending != backwards
    condition, given = choice.where()
    further = f" AND ({column}, id) {'<' if down else '>'} (?, ?)" if beyond else ""
    order = "DESC" if down else "ASC"
    return connection.execute(
        f"SELECT {column}, id FROM subjects WHERE {condition}{further} ORDER BY {column} {order}, id {order} LIMIT ?",
        (*given, *(beyond or ()), limit),
    ).fetchall()


def count(connection: sqlite3.Connection, choice: Choice) -> int:
    """Count them all."""
    condition, given = choice.where()
    (found,) = connection.execute(f"SELECT count(*) FROM subjects WHERE {condition}", given).fetchone()
    return int(found)


def sample(connection: sqlite3.Connection, most: int) -> list[int]:
    """Choose up to so many profiles, spread over all as if by lot, the same ones each time."""
    rows = connection.execute(
        "SELECT id FROM subjects WHERE kind = 0 ORDER BY (id * 2654435761) % 4294967296 LIMIT ?", (most,)
    )
    return [id for (id,) in rows]
