"""The table `fragments`, and `links`, the facts of how they came to their profiles."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import msgspec

from engine.domain.profiles import Fragment
from engine.storage.rows import FragmentRow, Run, listed

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Fragment, strict=False).decode
_COLUMNS = "f.id, f.home_id, f.profile_id, f.device, f.trust, f.subject_id, f.run_id, f.leads, f.says, f.state"


@dataclass(frozen=True, slots=True)
class Link:
    """One fact: a fragment was linked to a home (moved from `before_id`, if it had one)."""

    fragment_id: int
    home_id: int
    before_id: int | None
    kind: str
    trust: int
    at: int
    event_id: int | None

    def of(self, fragment_id: int, home_id: int, before_id: int | None) -> Link:
        """Give the same fact of a fragment."""
        return replace(self, fragment_id=fragment_id, home_id=home_id, before_id=before_id)


def load(connection: sqlite3.Connection, ids: Collection[int]) -> list[FragmentRow]:
    """Load fragments by id."""
    query = f"SELECT {_COLUMNS} FROM json_each(?) AS j CROSS JOIN fragments AS f ON f.id = j.value"
    return [_row(row) for row in connection.execute(query, (listed(ids),))]


def of_profiles(connection: sqlite3.Connection, profile_ids: Collection[int]) -> list[FragmentRow]:
    """Load every fragment that is linked to one of the profiles, in order of id."""
    query = (
        f"SELECT {_COLUMNS} FROM json_each(?) AS j CROSS JOIN fragments AS f ON f.profile_id = j.value ORDER BY f.id"
    )
    return [_row(row) for row in connection.execute(query, (listed(profile_ids),))]


def of_runs(connection: sqlite3.Connection, rows: Iterable[FragmentRow]) -> list[FragmentRow]:
    """Load every fragment of the runs of several that some are of."""
    wanted = {row.run_id for row in rows if row.run_id is not None}
    if not wanted:
        return []
    query = f"SELECT {_COLUMNS} FROM json_each(?) AS j CROSS JOIN fragments AS f ON f.run_id = j.value ORDER BY f.id"
    return [_row(row) for row in connection.execute(query, (listed(wanted),))]


def that_say(connection: sqlite3.Connection, devices: Collection[str]) -> list[tuple[str, int]]:
    """List (device, profile) for the newest of devices' fragments that only said a name; not more than a thousand."""
    query = (
        "SELECT f.device, f.profile_id FROM json_each(?) AS j CROSS JOIN fragments AS f ON f.device = j.value"
        " WHERE f.says ORDER BY f.id DESC LIMIT 1000"
    )
    return connection.execute(query, (listed(devices),)).fetchall()


def gather(connection: sqlite3.Connection, rows: Iterable[FragmentRow]) -> None:
    """Let fragments know those of their runs."""
    runs: dict[int, Run] = {}
    here = {row.id: row for row in rows}
    for row in of_runs(connection, here.values()):
        runs.setdefault(row.run_number, Run()).rows[row.id] = here.get(row.id, row)
    for run in runs.values():
        for row in run.rows.values():
            row.run = run


def profiles_of(connection: sqlite3.Connection, ids: Collection[int]) -> dict[int, int]:
    """Tell the profile of each fragment."""
    query = "SELECT f.id, f.profile_id FROM json_each(?) AS j CROSS JOIN fragments AS f ON f.id = j.value"
    return dict(connection.execute(query, (listed(ids),)).fetchall())


def save(connection: sqlite3.Connection, fragments: Iterable[FragmentRow]) -> None:
    """Write fragments, new or changed."""
    usual: list[tuple[bytes, int]] = []
    seldom: list[tuple[object, ...]] = []
    for one in fragments:
        now = one.seldom()
        if one.stored == now:
            usual.append((_encode(one.state), one.id))
        else:
            one.stored = now
            seldom.append((one.id, *now, _encode(one.state)))
    connection.executemany("UPDATE fragments SET state = ? WHERE id = ?", usual)
    connection.executemany(
        "INSERT INTO fragments (id, home_id, profile_id, device, trust, subject_id, run_id, leads, says,"
        " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET home_id = excluded.home_id, profile_id = excluded.profile_id,"
        " trust = excluded.trust, subject_id = excluded.subject_id, run_id = excluded.run_id,"
        " leads = excluded.leads, says = excluded.says, state = excluded.state",
        seldom,
    )


def add_links(connection: sqlite3.Connection, links: Iterable[Link]) -> None:
    """Append facts."""
    connection.executemany(
        "INSERT INTO links (fragment_id, home_id, before_id, kind, trust, at, event_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (one.fragment_id, one.home_id, one.before_id, one.kind, int(one.trust), one.at, one.event_id)
            for one in links
        ],
    )


def merged_into(connection: sqlite3.Connection, profile_ids: Collection[int]) -> list[tuple[int, int]]:
    """List (profile, former profile) for all that became part of one of the profiles."""
    query = (
        "SELECT DISTINCT f.profile_id, l.before_id FROM json_each(?) AS j CROSS JOIN fragments AS f"
        " ON f.profile_id = j.value CROSS JOIN links AS l ON l.fragment_id = f.id AND l.home_id = f.home_id"
        " WHERE l.before_id IS NOT NULL AND l.kind <> 'unlink' ORDER BY l.before_id"
    )
    return connection.execute(query, (listed(profile_ids),)).fetchall()


def last_links(connection: sqlite3.Connection, ids: Collection[int]) -> dict[int, Link]:
    """Give the newest fact of each fragment."""
    query = (
        "SELECT l.fragment_id, l.home_id, l.before_id, l.kind, l.trust, l.at, l.event_id FROM json_each(?) AS j"
        " CROSS JOIN links AS l ON l.fragment_id = j.value ORDER BY l.id"
    )
    return {row[0]: Link(*row) for row in connection.execute(query, (listed(ids),))}


def befores(connection: sqlite3.Connection, ids: Collection[int]) -> set[int]:
    """List the homes that fragments were in before."""
    query = "SELECT l.before_id FROM json_each(?) AS j CROSS JOIN links AS l ON l.fragment_id = j.value"
    return {id for (id,) in connection.execute(query, (listed(ids),)) if id is not None}


def latest_links(connection: sqlite3.Connection) -> dict[int, tuple[int, int]]:
    """Replay the facts: fragment → the home and the trust that the last of them says."""
    rows = connection.execute("SELECT fragment_id, home_id, trust FROM links ORDER BY id")
    return {fragment: (home, trust) for fragment, home, trust in rows}


def _row(row: tuple[int, int, int, str | None, int, int | None, int | None, int, int, bytes]) -> FragmentRow:
    fragment = FragmentRow(*row[:7], bool(row[7]), _decode(row[9]))
    fragment.stored = row[1:9]
    return fragment
