"""The table `events`: what happened, as it was decoded, with the fragment that took it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from engine.domain.events import Conflict, Event
from engine.domain.identity import Identifier, identifiers_of
from engine.storage.rows import last_given, listed

NUL = "\0"
MOST_CONFLICTS = 10_000
_NAMES = "SELECT source, message_id FROM events"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Event).decode


class EventRow(NamedTuple):
    """An event with its place: the fragment that took it, and what became of its identifiers, by namespace."""

    id: int
    fragment_id: int
    carried: tuple[str, ...]
    """Those that count for the profile."""
    said: tuple[str, ...]
    """Those that count for the device's own view alone."""
    event: Event


def stored_already(connection: sqlite3.Connection, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Tell which (source, message id) are stored."""
    rows = connection.execute(
        "SELECT e.source, e.message_id FROM json_each(?) AS j CROSS JOIN events AS e"
        " ON e.source = j.value ->> 0 AND e.message_id = j.value ->> 1",
        (json.dumps(list(names)),),
    )
    found = {(source, message_id) for source, message_id in rows}
    for name in names:
        if NUL in name[1]:  # SQLite's JSON functions end a text there
            found.update(connection.execute(f"{_NAMES} WHERE source = ? AND message_id = ?", name))
    return found


def add(connection: sqlite3.Connection, rows: Iterable[EventRow]) -> None:
    """Append events."""
    connection.executemany(
        "INSERT INTO events (id, source, message_id, fragment_id, name, occurred_at, received_at, carried, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(row.id, row.event.source, row.event.message_id, row.fragment_id, row.event.name),
                *(row.event.occurred_at, row.event.received_at, _written(row.carried, row.said), _encode(row.event)),
            )
            for row in rows
        ],
    )


def replay(connection: sqlite3.Connection, fragment_ids: Collection[int]) -> Iterator[EventRow]:
    """Give all events of fragments, in log order."""
    query = (
        "SELECT e.id, e.fragment_id, e.carried, e.body FROM json_each(?) AS j"
        " CROSS JOIN events AS e ON e.fragment_id = j.value ORDER BY e.id"
    )
    for id, fragment_id, carried, body in connection.execute(query, (listed(fragment_ids),)):
        yield EventRow(id, fragment_id, *_namespaces(carried), _decode(body))


def logs(
    connection: sqlite3.Connection, fragment_ids: Collection[int], names: Collection[str]
) -> dict[int, list[Event]]:
    """Give each fragment's events that have one of these names, in no order."""
    found: dict[int, list[Event]] = {id: [] for id in fragment_ids}
    query = (
        "SELECT e.fragment_id, e.body FROM json_each(?) AS j CROSS JOIN events AS e ON e.fragment_id = j.value"
        " WHERE e.name IN (SELECT value FROM json_each(?))"
    )
    for fragment_id, body in connection.execute(query, (listed(fragment_ids), json.dumps(list(names)))):
        found[fragment_id].append(_decode(body))
    return found


def newest(
    connection: sqlite3.Connection,
    fragment_ids: Collection[int],
    names: Sequence[str] | None,
    before: tuple[int, int] | None,
    limit: int,
    backwards: bool = False,
) -> list[EventRow]:
    """List events newest first, beyond a (time, id); `backwards` walks towards newer ones instead."""
    sign, order = (">", "ASC") if backwards else ("<", "DESC")
    beyond = f" AND (e.occurred_at, e.id) {sign} (?, ?)" if before else ""
    named = " AND e.name IN (SELECT value FROM json_each(?))" if names is not None else ""
    query = (
        "WITH page AS MATERIALIZED (SELECT e.id FROM json_each(?) AS j CROSS JOIN events AS e"
        f" ON e.fragment_id = j.value WHERE 1{beyond}{named} ORDER BY e.occurred_at {order}, e.id {order} LIMIT ?)"
        " SELECT e.id, e.fragment_id, e.carried, e.body FROM page CROSS JOIN events AS e ON e.id = page.id"
        f" ORDER BY e.occurred_at {order}, e.id {order}"
    )
    filters = () if names is None else (json.dumps(list(names)),)
    rows = connection.execute(query, (listed(fragment_ids), *(before or ()), *filters, limit))
    return [EventRow(id, fragment, *_namespaces(carried), _decode(body)) for id, fragment, carried, body in rows]


def last_id(connection: sqlite3.Connection) -> int:
    """Tell the highest id that was ever given."""
    return last_given(connection, "events")


def since(
    connection: sqlite3.Connection, fragment_ids: Collection[int] | None, after: int, limit: int
) -> list[EventRow]:
    """List events stored after an id, in that order: of some fragments, or all."""
    among = "SELECT id FROM fragments" if fragment_ids is None else "SELECT value FROM json_each(?)"
    query = (
        "SELECT id, fragment_id, carried, body FROM events"
        f" WHERE id > ? AND +fragment_id IN ({among}) ORDER BY id LIMIT ?"  # +: what is new is little, so go by id
    )
    asked = () if fragment_ids is None else (listed(fragment_ids),)
    return [_row(*row) for row in connection.execute(query, (after, *asked, limit))]


def latest(connection: sqlite3.Connection, name: str, most: int, among: int) -> Iterator[Event]:
    """Give the newest events of a name, at most so many and only among so many of the newest of all."""
    query = (
        "SELECT e.body FROM events AS e WHERE e.id > (SELECT max(l.id) FROM events AS l) - ? AND e.name = ?"
        " ORDER BY e.id DESC LIMIT ?"
    )
    for (body,) in connection.execute(query, (among, name, most)):
        yield _decode(body)


def one(connection: sqlite3.Connection, event_id: int) -> EventRow | None:
    """Load one event; of an erased person's, which may still be on their way out, there is none."""
    here = "id = ? AND fragment_id IN (SELECT id FROM fragments)"
    row = connection.execute(f"SELECT fragment_id, carried, body FROM events WHERE {here}", (event_id,)).fetchone()
    return row and EventRow(event_id, row[0], *_namespaces(row[1]), _decode(row[2]))


def add_conflicts(connection: sqlite3.Connection, rows: Iterable[tuple[int, int, int, str]]) -> None:
    """Record identifications that were not followed: (event, profile, at, reason); only the newest 10,000 stay."""
    connection.executemany("INSERT INTO conflicts (event_id, profile_id, at, reason) VALUES (?, ?, ?, ?)", list(rows))
    connection.execute("DELETE FROM conflicts WHERE id <= (SELECT max(id) FROM conflicts) - ?", (MOST_CONFLICTS,))


def forget_names(
    connection: sqlite3.Connection, fragment_ids: Collection[int], names: Collection[Identifier], are_said: bool = False
) -> None:
    """Let identifiers count no more in what fragments took, neither for a profile nor for a device's own view; with
    `are_said` they still do for the latter."""
    for row in list(replay(connection, fragment_ids)):
        gone = {namespace for namespace, value in identifiers_of(row.event) if (namespace, value) in names}
        carried, said = (tuple(one for one in some if one not in gone) for some in (row.carried, row.said))
        if are_said:
            said = tuple(one for one in (*row.said, *row.carried) if one in row.said or one in gone)
        if (carried, said) != (row.carried, row.said):
            connection.execute("UPDATE events SET carried = ? WHERE id = ?", (_written(carried, said), row.id))


def _written(carried: Iterable[str], said: Iterable[str]) -> str:
    """Write namespaces as the column `carried` holds them: with `?` those that are only said."""
    return ",".join((*carried, *(f"?{one}" for one in said)))


def _namespaces(written: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if "?" not in written:
        return tuple(filter(None, written.split(","))), ()
    every = written.split(",")
    return tuple(one for one in every if one[:1] != "?"), tuple(one[1:] for one in every if one[:1] == "?")


def conflicts(connection: sqlite3.Connection, limit: int, skip: int, profile_id: int | None = None) -> list[Conflict]:
    """List the newest conflicts, of one profile or of all, leaving out so many; each with whose its event is now."""
    query = (
        "SELECT c.event_id, coalesce(f.profile_id, c.profile_id) AS profile, c.at, c.reason FROM conflicts AS c"
        " LEFT JOIN events AS e ON e.id = c.event_id LEFT JOIN fragments AS f ON f.id = e.fragment_id"
        " WHERE ? IS NULL OR profile = ? ORDER BY c.id DESC LIMIT ? OFFSET ?"
    )
    rows = connection.execute(query, (profile_id, profile_id, limit, skip))
    return [Conflict(event_id=event, profile_id=profile, at=at, reason=reason) for event, profile, at, reason in rows]


def instants(connection: sqlite3.Connection, fragment_id: int, most: int) -> list[tuple[str, int]]:
    """List the (name, instant) of a fragment's newest events, newest first."""
    query = "SELECT name, occurred_at FROM events WHERE fragment_id = ? ORDER BY occurred_at DESC, id DESC LIMIT ?"
    return connection.execute(query, (fragment_id, most)).fetchall()


def some(connection: sqlite3.Connection, ids: Collection[int]) -> list[EventRow]:
    """Load events by id, those that a fragment has."""
    query = (
        "SELECT e.id, e.fragment_id, e.carried, e.body FROM json_each(?) AS j CROSS JOIN events AS e ON e.id = j.value"
        " WHERE e.fragment_id IN (SELECT id FROM fragments) ORDER BY e.id"
    )
    return [_row(*row) for row in connection.execute(query, (listed(ids),))]


def first_of(connection: sqlite3.Connection, fragment_ids: Collection[int], limit: int) -> list[EventRow]:
    """Load some events of fragments, in no order."""
    query = (
        "SELECT e.id, e.fragment_id, e.carried, e.body FROM json_each(?) AS j CROSS JOIN events AS e"
        " ON e.fragment_id = j.value LIMIT ?"
    )
    return [_row(*row) for row in connection.execute(query, (listed(fragment_ids), limit))]


def tell_anew(connection: sqlite3.Connection, changed: Iterable[tuple[EventRow, Event]]) -> None:
    """Write other events in the place of some; what they no longer name, they carry no more."""
    rows = []
    for row, event in changed:
        named = {namespace for namespace, _ in identifiers_of(event)}
        carried, said = (tuple(one for one in some if one in named) for some in (row.carried, row.said))
        rows.append((event.message_id, event.name, _written(carried, said), _encode(event), row.id))
    connection.executemany("UPDATE events SET message_id = ?, name = ?, carried = ?, body = ? WHERE id = ?", rows)


def remove(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Remove events."""
    connection.execute("DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))", (listed(ids),))


def _row(id: int, fragment_id: int, carried: str, body: bytes) -> EventRow:
    return EventRow(id, fragment_id, *_namespaces(carried), _decode(body))
