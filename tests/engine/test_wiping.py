"""What SQLite leaves of rows that are gone is found and overwritten, and nothing else is touched."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.storage.sqlite import connect
from engine.storage.wipe import Wiper

PEOPLE = 1_500
TABLES = """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE fragments (id INTEGER PRIMARY KEY, state BLOB);
    CREATE TABLE identifiers (namespace TEXT, value TEXT, home_id, PRIMARY KEY (namespace, value)) WITHOUT ROWID;
    CREATE TABLE events (id INTEGER PRIMARY KEY, message_id TEXT UNIQUE, body BLOB);
"""


def mark(number: int) -> bytes:
    return b"person-%06d@example.com " % number


def crowd(path: Path, chance: random.Random) -> sqlite3.Connection:
    """Let many people come and change, so that rows are moved between pages; some are too large for one page."""
    connection = connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.executescript(TABLES)
    for number in range(PEOPLE):
        connection.execute("BEGIN")
        name = f"{chance.getrandbits(32):08x} {mark(number).decode()}"
        connection.execute("INSERT INTO identifiers VALUES ('email', ?, ?)", (name, number))
        connection.execute("INSERT INTO events VALUES (?, ?, ?)", (number, name, text(chance, number, 60)))
        connection.execute("INSERT INTO fragments VALUES (?, ?)", (number, text(chance, number, 30)))
        for other in (chance.randrange(number + 1) for _ in range(chance.randrange(3))):
            most = 400 if chance.random() < 0.05 else 60
            connection.execute("UPDATE fragments SET state = ? WHERE id = ?", (text(chance, other, most), other))
        connection.execute("COMMIT")
    return connection


def text(chance: random.Random, number: int, most: int) -> bytes:
    """Give some bytes in which a person's mark stands all over."""
    return mark(number) * chance.randrange(1, most)


def erase_some(connection: sqlite3.Connection, chance: random.Random) -> set[int]:
    gone = {number for number in range(PEOPLE) if chance.random() < 0.3}
    for number in gone:
        connection.execute("DELETE FROM fragments WHERE id = ?", (number,))
        connection.execute("DELETE FROM events WHERE id = ?", (number,))
        connection.execute("DELETE FROM identifiers WHERE home_id = ?", (number,))
    return gone


def wipe(path: Path) -> None:
    wiper = Wiper(path)
    with closing(wiper):
        assert wiper.wipe() == 0
        assert wiper.look() > 0
        while wiper.wipe():
            pass
        assert wiper.look() == 0


def traces(path: Path, gone: set[int]) -> set[int]:
    """List those of some people who can be read in the file or its log."""
    data = b"".join(path.with_name(path.name + suffix).read_bytes() for suffix in ("", "-wal"))
    return {number for number in gone if mark(number).strip() in data}


def content(connection: sqlite3.Connection) -> list[object]:
    return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("fragments", "identifiers", "events")]


@pytest.fixture(params=range(3))
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


def test_secure_delete_alone_leaves_people_readable_and_wiping_does_not(tmp_path: Path, chance: random.Random) -> None:
    path = tmp_path / "some.db"
    with closing(crowd(path, chance)) as connection:
        gone = erase_some(connection, chance)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before, left = content(connection), traces(path, gone)

        wipe(path)

        assert left
        assert traces(path, gone) == set()
        assert content(connection) == before
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_pages_that_a_connection_held_before_do_not_bring_anything_back(tmp_path: Path, chance: random.Random) -> None:
    path = tmp_path / "some.db"
    with closing(crowd(path, chance)) as connection:
        gone = erase_some(connection, chance)
        content(connection)  # every page is in this connection's memory, remnants too

        wipe(path)
        connection.execute("UPDATE fragments SET state = state || x'00'")
        connection.execute("UPDATE identifiers SET home_id = home_id + 1")
        connection.execute("UPDATE events SET body = substr(body, 2)")

        assert traces(path, gone) == set()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert traces(path, gone) == set()
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_others_in_the_way_are_told_and_nothing_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(crowd(path, random.Random(1))) as connection, closing(connect(path)) as reader:
        wiper = Wiper(path)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        connection.execute("DELETE FROM events")

        with closing(wiper):
            assert wiper.look() > 0
            assert wiper.wipe() is None
            reader.execute("ROLLBACK")
            assert wiper.wipe() == 0
