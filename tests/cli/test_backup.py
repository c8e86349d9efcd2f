"""`rollcall backup`: a whole copy of one instant, taken while the server is under load; nothing is overwritten."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

from benchmarks.durability import Ledger, integrity, post_until_cut, stored
from benchmarks.traffic import WRITE_KEY, Traffic
from tests.cli.running import Folder, Ran
from tests.server import Server, StartServer


async def backups_under_load(server: Server, count: int) -> tuple[list[Ran], list[set[str]]]:
    """Take copies beside a server under load; give also what was acknowledged before each."""
    ledger, traffic = Ledger(), Traffic(returning_count=30)
    ran, before = [], []
    clients = [asyncio.create_task(post_until_cut(server.address, traffic, ledger)) for _ in range(4)]
    for number in range(count):
        while len(ledger.acknowledged) < 100 * (number + 1):  # noqa: ASYNC110  # they grow in other tasks
            await asyncio.sleep(0.01)
        before.append(set(ledger.acknowledged))
        ran.append(await asyncio.to_thread(Folder(server.database.parent).run, "backup", f"copy-{number}.db"))
    for client in clients:
        client.cancel()
    ended = await asyncio.gather(*clients, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
    return ran, before


async def test_copies_taken_under_load_are_whole_and_of_one_instant(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_WRITE_KEY=WRITE_KEY)

    ran, before = await backups_under_load(server, 2)

    folder = Folder(server.database.parent)
    for number, acknowledged in enumerate(before):
        copy = folder.path / f"copy-{number}.db"
        assert ran[number].code == 0, ran[number]
        assert f"Copied to copy-{number}.db" in ran[number].out
        assert integrity(copy) == "ok"
        assert acknowledged <= stored(copy) < stored(server.database)
        assert "Live equals" in folder.done("rebuild", "--check", "--database", f"sqlite:///copy-{number}.db")


def test_a_file_that_is_there_is_left_alone(folder: Folder) -> None:
    folder.done("keys", "create", "write")
    (folder.path / "copy.db").write_text("mine")

    ran = folder.run("backup", "copy.db")

    assert (ran.code, (folder.path / "copy.db").read_text()) == (2, "mine")
    assert "exists already" in ran.err


def test_a_copy_that_cannot_be_made_leaves_nothing_behind(folder: Folder) -> None:
    folder.done("keys", "create", "write")

    ran = folder.run("backup", "nowhere/copy.db")

    assert (ran.code, "Traceback" in ran.err) == (2, False)
    assert {path.name.split(".db")[0] for path in folder.path.iterdir()} == {"rollcall"}


def test_a_copy_is_one_file_that_can_be_used_at_once(folder: Folder) -> None:
    folder.done("import", str(folder.write("events.jsonl", [{"type": "page", "userId": "user-1"}])))

    folder.done("backup", "copy.db")

    assert [path.name for path in folder.path.glob("copy*")] == ["copy.db"]
    with closing(sqlite3.connect(f"file:{folder.path}/copy.db?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)
    assert "user-1 is in all" in folder.done("explain", "user-1", "all", "--database", "sqlite:///copy.db")
