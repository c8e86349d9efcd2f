"""Told to stop under load, the server answers what it has taken, and everything it acknowledged is stored."""

from __future__ import annotations

import asyncio
import time
from urllib.request import Request, urlopen

from benchmarks.durability import Ledger, integrity, post_until_cut, stored
from benchmarks.traffic import WRITE_KEY, Traffic
from tests.collector.wire import browser, event
from tests.server import Server, StartServer


async def stop_under_load(server: Server, ledger: Ledger) -> int:
    """Load the server from several connections, tell it to stop, and read what it still answers."""
    traffic = Traffic(returning_count=50)
    clients = [asyncio.create_task(post_until_cut(server.address, traffic, ledger)) for _ in range(16)]
    while len(ledger.acknowledged) < 300:  # noqa: ASYNC110  # they grow in other tasks
        await asyncio.sleep(0.01)
    code = await asyncio.to_thread(server.stop)
    cut = await asyncio.gather(*clients, return_exceptions=True)
    assert all(isinstance(one, OSError | EOFError) for one in cut), cut
    return code


async def test_every_acknowledged_event_is_stored_after_sigterm_under_load(start_server: StartServer) -> None:
    server, ledger = start_server(ROLLCALL_WRITE_KEY=WRITE_KEY), Ledger()

    code = await stop_under_load(server, ledger)

    assert code == 0
    assert ledger.acknowledged <= stored(server.database)
    assert integrity(server.database) == "ok"


def test_a_server_starts_again_on_what_it_left(start_server: StartServer) -> None:
    server, visitor = start_server(), browser()
    visitor.post(server, event())

    server.restart()

    assert visitor.post(server).json["visitor"]["audiences"] != []


def test_live_pages_do_not_hold_up_the_end(start_server: StartServer) -> None:
    server, visitor = start_server(), browser()
    visitor.post(server, event())
    request = Request(f"{server.address}/demo/live", headers={"Authorization": f"Visitor {visitor.secret}"})

    with urlopen(request, timeout=30) as live:
        assert live.readline() == b"\n"
        begun = time.monotonic()
        assert server.stop() == 0
        assert live.read() == b""
        assert time.monotonic() - begun < 6, "a live page held the server until it gave up waiting (8 s)"
