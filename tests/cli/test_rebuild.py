"""`rollcall rebuild`: live equals recomputed, also beside a live server; what was tampered with is found and mended."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from benchmarks.durability import Ledger, post_until_cut, stored
from benchmarks.traffic import WRITE_KEY, Traffic
from tests.cli.running import Folder, Ran
from tests.server import Server, StartServer

CLEAN = "Live equals recomputed."
TAMPERING = {
    "a membership taken away": "DELETE FROM memberships WHERE subject_id = (SELECT min(subject_id) FROM memberships)",
    "another's fragment": "UPDATE fragments SET state = (SELECT state FROM fragments WHERE id = 2) WHERE id = 1",
    "a size that is wrong": "UPDATE audiences SET size = size + 1 WHERE slug = 'all'",
}


@pytest.mark.parametrize("change", TAMPERING.values(), ids=TAMPERING)
def test_what_was_tampered_with_is_found_and_mended(folder: Folder, change: str) -> None:
    people = [{"type": "track", "event": "Bought", "userId": f"user-{number}"} for number in range(5)]
    named = {"type": "identify", "userId": "user-0", "traits": {"email": "ada@example.com", "plan": "gold"}}
    folder.done("import", str(folder.write("events.jsonl", [*people, named])))
    assert CLEAN in folder.done("rebuild", "--check")

    with closing(sqlite3.connect(folder.database)) as connection, connection:
        connection.execute(change)
    found = folder.run("rebuild", "--check")

    assert (found.code, CLEAN in found.out) == (1, False)
    assert "differences." in found.out
    folder.done("rebuild")
    assert CLEAN in folder.done("rebuild", "--check")


async def beside_load(server: Server, traffic: Traffic, *words: str) -> tuple[list[Ran], Ledger]:
    """Run a command twice beside a server that is under load."""
    ledger = Ledger()
    clients = [asyncio.create_task(post_until_cut(server.address, traffic, ledger)) for _ in range(4)]
    folder = Folder(server.database.parent)
    ran = [await asyncio.to_thread(folder.run, *words) for _ in range(2)]
    for client in clients:
        client.cancel()
    ended = await asyncio.gather(*clients, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
    return ran, ledger


async def test_the_check_is_clean_at_any_moment_beside_a_server_under_load(start_server: StartServer) -> None:
    server = start_server("--simulated-clock", ROLLCALL_WRITE_KEY=WRITE_KEY)
    traffic = Traffic(returning_count=30)

    ran, _ = await beside_load(server, traffic, "rebuild", "--check")
    server.advance(9 * 86_400)
    ran += (await beside_load(server, traffic, "rebuild", "--check"))[0]

    assert [(one.code, one.out) for one in ran] == [(0, CLEAN + "\n")] * 4


async def test_a_rebuild_beside_a_server_under_load_loses_nothing(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_WRITE_KEY=WRITE_KEY)

    ran, ledger = await beside_load(server, Traffic(returning_count=30), "rebuild")

    assert [one.code for one in ran] == [0, 0]
    assert ledger.acknowledged
    assert ledger.acknowledged <= stored(server.database)
    assert CLEAN in Folder(server.database.parent).done("rebuild", "--check")
