"""The durable floor: the least a server must do to take an event and tell the truth about it.

A bare ASGI app decodes the body, inserts it into SQLite (WAL, synchronous=FULL) and answers after the commit.
One writer thread takes whatever has gathered and commits it as one transaction, so the floor has group commit too.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sqlite3
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import msgspec
import uvicorn
import uvloop

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ANSWER = b'{"success":true,"accepted":1,"duplicate":0,"rejected":[],"warnings":[],"visitor":null}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


@dataclass(frozen=True, slots=True)
class Insert:
    """A row on its way to disk, and who waits for it."""

    row: tuple[str, bytes]
    done: asyncio.Future[None]


class Writer:
    """One thread, one connection, one transaction for all that has gathered."""

    def __init__(self, database: Path) -> None:
        self._waiting: SimpleQueue[Insert] = SimpleQueue()
        self._database = database

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write from a thread of its own and answer on `loop`."""
        threading.Thread(target=self._run, args=(loop,), daemon=True).start()

    async def insert(self, row: tuple[str, bytes]) -> None:
        """Return when the row is on disk."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.put(Insert(row, done))
        await done

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        connection = connect(self._database)
        while True:
            gathered = [self._waiting.get()]
            gathered += [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]
            with connection:
                connection.executemany("INSERT INTO events (message_id, body) VALUES (?, ?)", [i.row for i in gathered])
            loop.call_soon_threadsafe(release, gathered)


def connect(database: Path) -> sqlite3.Connection:
    """Open the database as durably as Rollcall does."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, message_id TEXT, body BLOB)")
    return connection


def release(gathered: list[Insert]) -> None:
    """Let everyone whose row was committed answer."""
    for insert in gathered:
        insert.done.set_result(None)


class Application:
    """POST anything with a `batch`: stored whole, answered after the commit."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await read(receive)
        await self._writer.insert((msgspec.json.decode(body)["batch"][0]["messageId"], body))
        await answer(send)


async def trivial(scope: Message, receive: Receive, send: Send) -> None:
    """Answer without looking: what uvicorn can do at best, and a check that the client can do more."""
    await read(receive)
    await answer(send)


async def read(receive: Receive) -> bytes:
    """Read a request's body."""
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    return body


async def answer(send: Send) -> None:
    """Say 200."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


async def serve(database: Path | None) -> None:
    """Run the floor, or the trivial app when there is no database, on a free port that it prints."""
    application: Any = trivial
    if database:
        writer = Writer(database)
        writer.start(asyncio.get_running_loop())
        application = Application(writer)
    listener = socket.create_server(("127.0.0.1", 0), backlog=2_048)
    print(f"The floor listens on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(application, http="httptools", lifespan="off", access_log=False, log_level="warning")
    await uvicorn.Server(config).serve([listener])


def main() -> None:
    """`python -m benchmarks.floor [DATABASE]`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path, nargs="?")
    options = parser.parse_args()
    uvloop.run(serve(options.database))


if __name__ == "__main__":
    main()
