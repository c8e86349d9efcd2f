"""The table `erasures`, orders to erase someone, and what each of them takes out of the other tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.domain.identity import DEVICE, Identifier
from engine.storage.aside import SEARCHED
from engine.storage.rows import listed

_COLUMNS = "id, profile_id, erased_at, fragments"
_OF_SUBJECTS = (("memberships", "subject_id"), ("membership_changes", "subject_id"), ("subjects", "id"))
_OF_FRAGMENTS = (("links", "fragment_id"), ("fragments", "id"))
_OF_HOMES = (
    *(("merges", "source_id"), ("merges", "target_id")),
    *(("conflicts", "profile_id"), ("behind", "profile_id")),
)


@dataclass(frozen=True, slots=True)
class Order:
    """Someone is to be erased; `fragments` are those whose events are still to go, once all else has gone."""

    id: int
    profile_id: int
    erased_at: int | None = None
    fragments: Sequence[int] = ()


def place(connection: sqlite3.Connection, profile_id: int, at: int) -> Order:
    """Note that a profile is to be erased."""
    query = "INSERT INTO erasures (profile_id, requested_at) VALUES (?, ?)"
    return Order(int(connection.execute(query, (profile_id, at)).lastrowid or 0), profile_id)


def waiting(connection: sqlite3.Connection) -> list[Order]:
    """List the orders that are not done, the oldest first."""
    return [_order(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM erasures WHERE done_at IS NULL")]


def one(connection: sqlite3.Connection, id: int) -> Order:
    """Give an order as it stands."""
    return _order(connection.execute(f"SELECT {_COLUMNS} FROM erasures WHERE id = ?", (id,)).fetchone())


def note_erased(connection: sqlite3.Connection, id: int, at: int, fragments: Collection[int]) -> None:
    """Note that nothing is left but the events of some fragments, which no longer exist."""
    query = "UPDATE erasures SET erased_at = ?, fragments = ? WHERE id = ?"
    connection.execute(query, (at, listed(fragments), id))


def note_done(connection: sqlite3.Connection, id: int, at: int) -> None:
    """Note that nothing is left at all."""
    connection.execute("UPDATE erasures SET done_at = ?, fragments = '[]' WHERE id = ?", (at, id))


def devices_of_others(
    connection: sqlite3.Connection, devices: Collection[str], profile_id: int, after: int = 0
) -> dict[str, int]:
    """List devices that other profiles have fragments of: device → the newest such fragment. Looks at all fragments, or
    at those after one."""
    query = (
        "SELECT device, max(id) FROM fragments WHERE id > ? AND profile_id <> ?"
        " AND device IN (SELECT value FROM json_each(?)) GROUP BY device"
    )
    return dict(connection.execute(query, (after, profile_id, json.dumps(list(devices)))).fetchall())


def are_of_others(connection: sqlite3.Connection, fragments: Collection[int], profile_id: int) -> bool:
    """Tell whether there are still all of some fragments, with other profiles than one."""
    query = "SELECT count(*) FROM json_each(?) AS j CROSS JOIN fragments AS f ON f.id = j.value WHERE f.profile_id <> ?"
    (found,) = connection.execute(query, (listed(fragments), profile_id)).fetchone()
    return int(found) == len(fragments)


def last_id(connection: sqlite3.Connection, table: str) -> int:
    """Tell the highest id in a table."""
    (found,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
    return int(found)


def remove_refusals(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Remove refusals."""
    connection.execute("DELETE FROM refusals WHERE id IN (SELECT value FROM json_each(?))", (listed(ids),))


def refused(connection: sqlite3.Connection, ids: Iterable[int]) -> list[tuple[int, str]]:
    """Give some refusals as text."""
    query = f"SELECT id, {SEARCHED['refusals']} FROM refusals WHERE id IN (SELECT value FROM json_each(?))"
    return connection.execute(query, (listed(ids),)).fetchall()


def texts_of_audiences(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """List (slug, text): the words of every version of every audience."""
    query = (
        "SELECT slug, a.name || ' ' || coalesce(a.description, '') || ' ' || a.definition || ' ' || a.tags"
        " FROM audiences AS a UNION ALL SELECT a.slug, v.name || ' ' || coalesce(v.description, '') || ' '"
        " || v.definition || ' ' || v.tags || ' ' || coalesce(v.author, '')"
        " FROM audience_versions AS v JOIN audiences AS a ON a.id = v.audience_id"
    )
    return connection.execute(query).fetchall()


def remove(
    connection: sqlite3.Connection, subjects: Collection[int], fragments: Collection[int], homes: Collection[int]
) -> None:
    """Remove the rows of subjects, fragments and homes from every table but the one of events."""
    for columns, ids in ((_OF_SUBJECTS, subjects), (_OF_FRAGMENTS, fragments), (_OF_HOMES, homes)):
        for table, column in columns:
            query = f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
            connection.execute(query, (listed(ids),))


def runs_of(connection: sqlite3.Connection, fragments: Collection[int]) -> set[int]:
    """List the runs, of several fragments, that some are of."""
    query = "SELECT f.run_id FROM json_each(?) AS j CROSS JOIN fragments AS f ON f.id = j.value"
    return {id for (id,) in connection.execute(query, (listed(fragments),)) if id is not None}


def pass_leads_on(connection: sqlite3.Connection, runs: Collection[int]) -> tuple[set[int], set[int]]:
    """Let the newest fragment lead a run that lacks one who does. Gives the profiles of all that lead, and the ids of
    those that do so now."""
    of_runs = "FROM json_each(?) AS j CROSS JOIN fragments AS f ON f.run_id = j.value"
    newest = f"SELECT max(f.id) {of_runs} GROUP BY f.run_id HAVING max(f.leads) = 0"
    fresh = {id for (id,) in connection.execute(newest, (listed(runs),))}
    connection.execute("UPDATE fragments SET leads = 1 WHERE id IN (SELECT value FROM json_each(?))", (listed(fresh),))
    leading = connection.execute(f"SELECT f.profile_id {of_runs} WHERE f.leads", (listed(runs),))
    return {id for (id,) in leading}, fresh


def release(connection: sqlite3.Connection, identifiers: Iterable[Identifier], shared: Mapping[str, int]) -> None:
    """Let identifiers lead nowhere, and a device that others use too to them; nothing is kept apart from them."""
    for namespace, value in identifiers:
        if namespace == DEVICE and value in shared:
            connection.execute(
                "UPDATE identifiers SET fragment_id = ? WHERE namespace = ? AND value = ?"
                " AND fragment_id NOT IN (SELECT id FROM fragments)",
                (shared[value], namespace, value),
            )
            continue
        connection.execute("DELETE FROM identifiers WHERE namespace = ? AND value = ?", (namespace, value))
        connection.execute(
            "DELETE FROM apart WHERE (namespace = ?1 AND value = ?2) OR (other_namespace = ?1 AND other_value = ?2)",
            (namespace, value),
        )


def count_events(connection: sqlite3.Connection, fragments: Collection[int]) -> int:
    """Count the events of fragments."""
    query = "SELECT count(*) FROM json_each(?) AS j CROSS JOIN events AS e ON e.fragment_id = j.value"
    (found,) = connection.execute(query, (listed(fragments),)).fetchone()
    return int(found)


def _order(row: tuple[int, int, int | None, str]) -> Order:
    return Order(*row[:3], json.loads(row[3]))
