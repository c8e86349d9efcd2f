"""The table `membership_changes`: the append-only history that the feed and people read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from engine.domain.audiences import Cause, MembershipChange, Transition
from engine.storage.rows import last_given


class ChangeRow(NamedTuple):
    """One entry or exit, as it is written."""

    id: int
    subject_id: int
    kind: int
    audience_id: int
    transition: Transition
    cause: Cause
    at: int
    event_id: int | None


def add(connection: sqlite3.Connection, rows: Iterable[ChangeRow]) -> None:
    """Append changes."""
    connection.executemany(
        "INSERT INTO membership_changes (id, subject_id, kind, audience_id, transition, cause, at, event_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(row.id, row.subject_id, int(row.kind), row.audience_id),
                *(row.transition.value, row.cause.value, row.at, row.event_id),
            )
            for row in rows  # plain types: SQLite's module asks long what an enum might be
        ],
    )


def of_subject(
    connection: sqlite3.Connection,
    sources: Iterable[tuple[int, int]],
    beyond: int | None,
    limit: int,
    backwards: bool = False,
) -> list[MembershipChange]:
    """List a subject's changes newest first. `sources` are (subject id, last cursor that counts)."""
    asked = list(sources)
    where = " OR ".join("(c.subject_id = ? AND c.id <= ?)" for _ in asked)
    return _select(connection, f"({where})", [part for source in asked for part in source], beyond, limit, backwards)


def of_audience(
    connection: sqlite3.Connection, audience_id: int, beyond: int | None, limit: int, backwards: bool = False
) -> list[MembershipChange]:
    """List an audience's changes newest first; profiles only."""
    return _select(connection, "c.audience_id = ? AND c.kind = 0", [audience_id], beyond, limit, backwards)


def last_id(connection: sqlite3.Connection) -> int:
    """Tell the highest id that was ever given: erasing people does not lower it."""
    return last_given(connection, "membership_changes")


def since(
    connection: sqlite3.Connection, sources: Iterable[tuple[int, int]] | None, after: int, limit: int
) -> list[MembershipChange]:
    """List changes after an id, oldest first: of (subject id, last cursor that counts), or of all profiles."""
    asked = None if sources is None else list(sources)
    if asked is None:
        return _select(connection, "c.kind = 0", [], after, limit, backwards=True)
    where = " OR ".join("(c.subject_id = ? AND c.id <= ?)" for _ in asked) or "0"
    return _select(connection, f"({where})", [part for source in asked for part in source], after, limit, True)


def _select(
    connection: sqlite3.Connection, where: str, given: list[int], beyond: int | None, limit: int, backwards: bool
) -> list[MembershipChange]:
    sign, order = (">", "ASC") if backwards else ("<", "DESC")
    further = f" AND c.id {sign} ?" if beyond is not None else ""
    query = (
        "SELECT c.id, c.subject_id, a.slug, c.transition, c.cause, c.at, c.event_id FROM membership_changes AS c"
        f" JOIN audiences AS a ON a.id = c.audience_id WHERE {where}{further} ORDER BY c.id {order} LIMIT ?"
    )
    rows = connection.execute(query, (*given, *([] if beyond is None else [beyond]), limit))
    return [
        MembershipChange(
            cursor=cursor,
            subject_id=subject_id,
            audience_slug=slug,
            transition=Transition(transition),
            cause=Cause(cause),
            occurred_at=at,
            event_id=event_id,
        )
        for cursor, subject_id, slug, transition, cause, at, event_id in rows
    ]
