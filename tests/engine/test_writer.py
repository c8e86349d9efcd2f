"""Law 1: acknowledged is durable. One writer; a transaction that fails takes nobody else's events with it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from engine.errors import InvalidDefinition, InvalidValue, StorageUnavailable
from engine.ports import Outcome, Submission
from engine.storage import migrations
from engine.storage.sqlite import Database, connect, path_of
from tests.engine.faults import fail_next
from tests.engine.living import Living, event


def count_events(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("SELECT count(*) FROM events").fetchone()
    return int(found)


async def stored(living: Living) -> int:
    """Count the events that another connection finds."""
    with contextlib.closing(connect(living.database)) as other:
        return count_events(other)


async def test_submissions_at_once_are_all_stored_and_each_is_told_its_own_outcome(living: Living) -> None:
    asked = [living.page(f"d{number}") for number in range(50)]
    outcomes = await asyncio.gather(*asked)
    assert outcomes == [Outcome(1, 0)] * 50
    assert await stored(living) == 50


async def test_one_transaction_tells_each_submission_its_own(living: Living) -> None:
    one, other = event("page", living.at, anonymous_id="d"), event("page", living.at, anonymous_id="e")
    first, second = await living.engine.ingest.ingest([Submission([one], visitor="d"), Submission([one, other, other])])
    assert (first.accepted, first.duplicate) == (1, 0)
    assert (second.accepted, second.duplicate) == (1, 2)
    assert first.visitor is not None
    assert "anonymous_users" in first.visitor.audiences


async def test_a_failing_transaction_discards_nothing_that_was_acknowledged(living: Living) -> None:
    await living.page("before")
    fail_next(living, 1, "INSERT INTO events")
    results = await asyncio.gather(*(living.page(f"d{n}") for n in range(20)), return_exceptions=True)
    failed = [one for one in results if isinstance(one, StorageUnavailable)]
    assert len(failed) == 1
    assert await stored(living) == 1 + 20 - len(failed)
    assert await living.differences() == []


async def test_what_could_not_be_committed_may_be_sent_again(living: Living) -> None:
    page = event("page", living.at, anonymous_id="d")
    fail_next(living, 1, "COMMIT")
    with pytest.raises(StorageUnavailable):
        await living.take(page)
    assert await living.take(page) == Outcome(1, 0)
    assert await stored(living) == 1


async def test_what_was_committed_without_an_answer_is_a_duplicate_when_sent_again(living: Living) -> None:
    page = event("page", living.at, anonymous_id="d")
    fail_next(living, 1, "COMMIT", afterwards=True)
    with pytest.raises(StorageUnavailable):
        await living.take(page)
    assert await living.take(page) == Outcome(0, 1)
    assert (await living.profile()).scores["momentum"] == 80


async def test_readers_see_nothing_of_a_transaction_that_failed(living: Living) -> None:
    await living.page()
    before = living.engine.audiences.all()
    fail_next(living, 1, "COMMIT")
    with pytest.raises(StorageUnavailable):
        await living.make("phantom", "*")
    fail_next(living, 1, "COMMIT")
    with pytest.raises(StorageUnavailable):
        await living.page("other")
    assert living.engine.audiences.all() == before


async def test_a_message_id_that_holds_nul_is_a_duplicate_like_any_other(living: Living) -> None:
    page = event("page", living.at, anonymous_id="d", message_id="a\0b")
    assert await living.take(page) == Outcome(1, 0)
    assert await living.take(page, event("page", living.at, anonymous_id="d")) == Outcome(1, 1)


async def test_a_mistake_of_our_own_is_rolled_back_and_told_as_it_is(living: Living) -> None:
    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM audiences")
        raise LookupError("a mistake")

    with pytest.raises(LookupError):
        await living.house.write(wrong)
    await living.page()
    assert "all" in await living.slugs()


async def test_a_connection_that_cannot_roll_back_is_opened_anew(living: Living) -> None:
    await living.page()
    fail_next(living, 1, "ROLLBACK")
    with pytest.raises(InvalidDefinition):
        await living.make("wrong", "nonsense (")
    await living.page()
    assert await stored(living) == 2


async def test_what_another_process_writes_is_noticed(living: Living) -> None:
    await living.page()
    async with Living(living.database, living.at) as beside:
        await beside.identify("d", "ada@example.com")
        await beside.make("beside", "EXISTS email")
    await living.page()
    assert {"known_users", "anonymous_users"} & await living.slugs() == {"known_users"}
    assert living.audience("beside").slug == "beside"
    assert await living.differences() == []


async def test_reads_do_not_wait_for_the_writer(living: Living) -> None:
    await living.page()
    with contextlib.closing(connect(living.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await asyncio.wait_for(living.engine.profiles.count(), 5) == 1
        other.execute("ROLLBACK")


async def test_a_reader_cannot_write(living: Living) -> None:
    with pytest.raises(StorageUnavailable, match="readonly"):
        await living.house.read(lambda connection: connection.execute("DELETE FROM events"))


async def test_every_connection_is_durable_and_leaves_no_trace(living: Living) -> None:
    wanted = {"synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "journal_mode": "wal"}

    def pragmas(connection: sqlite3.Connection) -> dict[str, object]:
        return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}

    assert await living.house.write(pragmas) == await living.house.read(pragmas) == wanted


async def test_two_processes_that_open_a_new_file_at_once_agree(tmp_path: Path) -> None:
    databases = [Database(tmp_path / "new.db", lambda at_work: None) for _ in range(4)]
    await asyncio.gather(*(one.open() for one in databases))
    steps = [await one.read(lambda c: c.execute("PRAGMA user_version").fetchone()[0]) for one in databases]
    assert steps == [len(migrations.STEPS)] * 4
    for one in databases:
        await one.close()


async def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with contextlib.closing(connect(tmp_path / "half.db")) as connection:
        connection.execute("CREATE TABLE links (id)")
        with pytest.raises(sqlite3.OperationalError, match="links already exists"):
            migrations.migrate(connection)
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert names == [("links",)]


async def test_a_file_from_the_future_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "future.db"
    with contextlib.closing(connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1000")
    with pytest.raises(InvalidValue, match="newer Rollcall"):
        await Database(path, lambda at_work: None).open()


@pytest.mark.parametrize("url", ["rollcall.db", "sqlite://rollcall.db", "postgres:///x", "sqlite:///"])
def test_an_address_that_is_not_understood_is_told(url: str) -> None:
    with pytest.raises(InvalidValue, match=r"Write sqlite:///rollcall\.db"):
        path_of(url)
