"""Kill the server at random moments under load and look for every acknowledged event after the restart.

`kill -9` shows that nothing acknowledged waits in the process. That nothing waits in the kernel either (power loss)
is shown by tests/durability/test_no_answer_before_sync.py.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rich.progress import track

from benchmarks import processes
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic, encode, request

CLIENTS = 16
LIVES_FOR = (0.1, 1.5)


@dataclass(slots=True)
class Ledger:
    """Message ids by what the server said of them."""

    acknowledged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """Answered with 503: may be stored or not, and may be sent again."""
    statuses: set[int] = field(default_factory=set)

    def take(self, sent: list[str], status: int, answer: bytes) -> None:
        """Note what became of a request's events."""
        self.statuses.add(status)
        if status == 200 and json.loads(answer)["accepted"] == len(sent):
            self.acknowledged.update(sent)
        elif status == 503:
            self.refused.update(sent)
        else:
            raise RuntimeError(f"neither accepted nor refused for now: {status} {answer!r}")


def run(plan: Plan) -> Iterator[Figure]:
    """Kill and restart `rounds` times on one database."""
    database, chance, traffic, ledger = plan.folder / "durability.db", random.Random(), Traffic(), Ledger()
    rounds, lost = plan.pick(3, plan.rounds), set[str]()
    for _ in track(range(rounds), description=f"kill -9, {rounds} times"):
        kill_under_load(database, traffic, ledger, chance.uniform(*LIVES_FOR))
        lost |= missing_after_restart(database, ledger)
        check(database)
    yield Figure(
        name=f"acknowledged events lost over {rounds} × kill -9 under load",
        value=f"{len(lost)} of {len(ledger.acknowledged):,}",
        target="0",
        met=not lost,
    )


def check(database: Path) -> None:
    """Let SQLite check its file, and Rollcall whether live equals recomputed; raise when either finds something."""
    found = integrity(database)
    if found != "ok":
        raise RuntimeError(f"the database file is damaged: {found}")
    processes.run("rebuild", database, "--check")


def kill_under_load(database: Path, traffic: Traffic, ledger: Ledger, seconds: float) -> None:
    """Start the server, load it, and kill it after `seconds` of load."""
    with processes.rollcall(database, core=None) as server:
        asyncio.run(load_for(server.address, traffic, ledger, seconds, server.kill))


def missing_after_restart(database: Path, ledger: Ledger) -> set[str]:
    """Start the server again, so that it recovers, and give the acknowledged ids that it has lost."""
    with processes.rollcall(database, core=None):
        return ledger.acknowledged - stored(database)


async def load_for(
    address: str, traffic: Traffic, ledger: Ledger, seconds: float, end: Callable[[], None] | None = None
) -> None:
    """Post from several connections for `seconds`, then call `end` while requests are under way and stop."""
    clients = [asyncio.create_task(post_until_cut(address, traffic, ledger)) for _ in range(CLIENTS)]
    await asyncio.wait(clients, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    if end:
        end()
    for client in clients:
        client.cancel()
    for outcome in await asyncio.gather(*clients, return_exceptions=True):
        if isinstance(outcome, RuntimeError):
            raise outcome


async def post_until_cut(address: str, traffic: Traffic, ledger: Ledger) -> None:
    """Post one request after the other on one connection until the server is gone."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    with closing(writer):
        while True:
            visitor = traffic.visitor()
            events = [traffic.page_view(visitor), traffic.identify(visitor), traffic.page_view(visitor)]
            writer.write(request(encode(events, visitorSecret=visitor.secret)))
            status, answer = await read_answer(reader)
            ledger.take([event["messageId"] for event in events], status, answer)


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one HTTP answer; raises when the connection ends first."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length:")[1].split("\r\n")[0])
    return int(head.split(" ")[1]), await reader.readexactly(length)


def stored(database: Path) -> set[str]:
    """Read the message ids that are in the database."""
    with closing(sqlite3.connect(database)) as connection:
        return {message_id for (message_id,) in connection.execute("SELECT message_id FROM events")}


def integrity(database: Path) -> str:
    """Let SQLite check its file: `ok`, or what is wrong."""
    with closing(sqlite3.connect(database)) as connection:
        verdict: str = connection.execute("PRAGMA integrity_check").fetchone()[0]
        return verdict
