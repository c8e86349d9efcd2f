"""The tables `subjects` and `memberships`: who has memberships and an alarm."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Any

from engine.storage.rows import Kind, SubjectRow, listed

_COLUMNS = (
    "s.id, s.kind, s.profile_id, s.email, s.first_at, s.last_at, s.evaluated_at, s.due_at, s.forked_from, s.forked_at,"
    " s.met"
)


def load(connection: sqlite3.Connection, ids: Collection[int]) -> dict[int, SubjectRow]:
    """Load subjects by id, with their memberships; what deleted audiences left is none."""
    query = f"SELECT {_COLUMNS} FROM json_each(?) AS j CROSS JOIN subjects AS s ON s.id = j.value"
    asked = listed(ids)
    found = {row[0]: _row(row) for row in connection.execute(query, (asked,))}
    members = (
        "SELECT m.subject_id, m.audience_id, m.since FROM json_each(?) AS j"
        " CROSS JOIN memberships AS m ON m.subject_id = j.value"
        " WHERE m.audience_id NOT IN (SELECT audience_id FROM removals)"
    )
    for subject_id, audience_id, since in connection.execute(members, (asked,)):
        if subject_id in found:
            found[subject_id].memberships[audience_id] = since
    return found


def profiles_of(connection: sqlite3.Connection, ids: Collection[int]) -> dict[int, int]:
    """Tell the profile of each subject."""
    query = "SELECT s.id, s.profile_id FROM json_each(?) AS j CROSS JOIN subjects AS s ON s.id = j.value"
    return dict(connection.execute(query, (listed(ids),)).fetchall())


def profiles_among(connection: sqlite3.Connection, ids: Iterable[int]) -> list[int]:
    """List those of the ids that are profiles."""
    query = "SELECT s.id FROM json_each(?) AS j CROSS JOIN subjects AS s ON s.id = j.value WHERE s.kind = 0"
    return [id for (id,) in connection.execute(query, (listed(ids),))]


def existing(connection: sqlite3.Connection, ids: Iterable[int]) -> list[int]:
    """List those of the ids that there are."""
    query = "SELECT s.id FROM json_each(?) AS j CROSS JOIN subjects AS s ON s.id = j.value"
    return [id for (id,) in connection.execute(query, (listed(ids),))]


def members_between(connection: sqlite3.Connection, after: int, until: int, audience_ids: Iterable[int]) -> list[int]:
    """List the subjects of a stretch of ids that are members of one of some audiences."""
    query = (
        "SELECT DISTINCT subject_id FROM memberships WHERE subject_id > ? AND subject_id <= ?"
        " AND +audience_id IN (SELECT value FROM json_each(?))"
    )
    return [id for (id,) in connection.execute(query, (after, until, listed(audience_ids)))]


def memberships_among(
    connection: sqlite3.Connection, ids: Iterable[int], audience_ids: Iterable[int]
) -> dict[int, dict[int, int]]:
    """Give the memberships of some subjects in some audiences: subject → audience → since."""
    found: dict[int, dict[int, int]] = {}
    rows = connection.execute(
        "SELECT m.subject_id, m.audience_id, m.since FROM json_each(?) AS j CROSS JOIN json_each(?) AS a"
        " CROSS JOIN memberships AS m ON m.subject_id = j.value AND m.audience_id = a.value",
        (listed(ids), listed(audience_ids)),
    )
    for subject_id, audience_id, since in rows:
        found.setdefault(subject_id, {})[audience_id] = since
    return found


def save(connection: sqlite3.Connection, subjects: Iterable[SubjectRow]) -> None:
    """Write subjects, new or changed, without their memberships."""
    usual: list[tuple[int, int, int]] = []
    seldom: list[tuple[object, ...]] = []
    for one in subjects:
        now = one.seldom()
        if one.stored == now:
            usual.append((one.last_at, one.evaluated_at, one.id))
        else:
            one.stored = now
            seldom.append((one.id, one.last_at, one.evaluated_at, *now))
    connection.executemany("UPDATE subjects SET last_at = ?, evaluated_at = ? WHERE id = ?", usual)
    connection.executemany(
        "INSERT INTO subjects (id, last_at, evaluated_at, kind, profile_id, email, first_at, due_at, forked_from,"
        " forked_at, met) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, profile_id = excluded.profile_id,"
        " email = excluded.email, first_at = excluded.first_at, last_at = excluded.last_at,"
        " evaluated_at = excluded.evaluated_at, due_at = excluded.due_at,"
        " forked_from = excluded.forked_from, forked_at = excluded.forked_at, met = excluded.met",
        seldom,
    )


def enter(connection: sqlite3.Connection, rows: Iterable[tuple[int, int, int, int]]) -> None:
    """Add memberships: (subject, audience, since, kind)."""
    connection.executemany(
        "INSERT OR REPLACE INTO memberships (subject_id, audience_id, since, kind) VALUES (?, ?, ?, ?)",
        [(subject_id, audience_id, since, int(kind)) for subject_id, audience_id, since, kind in rows],
    )


def leave(connection: sqlite3.Connection, rows: Iterable[tuple[int, int]]) -> None:
    """Take memberships away: (subject, audience)."""
    connection.executemany("DELETE FROM memberships WHERE subject_id = ? AND audience_id = ?", list(rows))


def leave_all(connection: sqlite3.Connection, subject_id: int) -> None:
    """Take every membership of a subject away."""
    connection.execute("DELETE FROM memberships WHERE subject_id = ?", (subject_id,))


def count_as(connection: sqlite3.Connection, subject_id: int, kind: Kind) -> None:
    """Let a subject's memberships count as a profile's, or no longer."""
    connection.execute("UPDATE memberships SET kind = ? WHERE subject_id = ?", (int(kind), subject_id))


def lead_to(connection: sqlite3.Connection, ids: Iterable[int], profile_id: int) -> None:
    """Let former profiles lead to another one."""
    connection.execute(
        "UPDATE subjects SET profile_id = ? WHERE kind = 1 AND id IN (SELECT value FROM json_each(?))",
        (profile_id, listed(ids)),
    )


def part_of(connection: sqlite3.Connection, profile_id: int) -> list[int]:
    """List the subjects that lead to a profile: its devices, and former profiles."""
    rows = connection.execute("SELECT id FROM subjects WHERE kind = 1 AND profile_id = ?", (profile_id,))
    return [id for (id,) in rows]


def due(connection: sqlite3.Connection, until: int, limit: int) -> list[tuple[int, int]]:
    """List (due at, subject) of alarms up to an instant, earliest first."""
    return connection.execute(
        "SELECT due_at, id FROM subjects WHERE due_at <= ? ORDER BY due_at, id LIMIT ?", (until, limit)
    ).fetchall()


def next_due(connection: sqlite3.Connection) -> int | None:
    """Tell the earliest alarm."""
    (at,) = connection.execute("SELECT min(due_at) FROM subjects WHERE due_at IS NOT NULL").fetchone()
    return at if at is None else int(at)


def after(connection: sqlite3.Connection, subject_id: int, until: int, limit: int) -> list[int]:
    """List the next subjects by id, for a walk over all."""
    rows = connection.execute(
        "SELECT id FROM subjects WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", (subject_id, until, limit)
    )
    return [one for (one,) in rows]


def last_id(connection: sqlite3.Connection) -> int:
    """Tell the highest id there is."""
    (found,) = connection.execute("SELECT coalesce(max(id), 0) FROM subjects").fetchone()
    return int(found)


def count(connection: sqlite3.Connection, known: bool | None = None) -> int:
    """Count profiles."""
    condition = "" if known is None else f" AND email IS {'NOT ' if known else ''}NULL"
    (found,) = connection.execute(f"SELECT count(*) FROM subjects WHERE kind = 0{condition}").fetchone()
    return int(found)


def _row(row: tuple[Any, ...]) -> SubjectRow:
    subject = SubjectRow(row[0], Kind(row[1]), *row[2:])
    subject.stored = subject.seldom()
    return subject
