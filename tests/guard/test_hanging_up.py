"""Clients that hang up leave nothing behind, and a server that is told to stop does not wait for them."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.durability import stored
from tests.collector.wire import batch, event, soon
from tests.guard.raw import answer, connected, half_a_post, hang_up
from tests.server import Server, StartServer

PATHS = (
    ("/v1/batch", "text/plain"),
    ("/graphql", "application/json"),
    ("/console/sign-in", "application/x-www-form-urlencoded"),
    ("/v1/page", "application/json"),
)
HANGING_UP = 500


def sockets(server: Server) -> int:
    """Count the open ones; other descriptors come and go with the database's readers."""
    found = 0
    for one in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += str(one.readlink()).startswith("socket:")
    return found


def test_500_half_sent_bodies_leave_no_traceback_and_no_descriptor(start_server: StartServer) -> None:
    server = start_server()
    batch(server, event())
    before, said = sockets(server), server.log

    opened = [connected(server) for _ in range(HANGING_UP)]
    for number, connection in enumerate(opened):
        connection.sendall(half_a_post(*PATHS[number % len(PATHS)]))
    assert soon(lambda: sockets(server) >= before + HANGING_UP - 1)  # the request's own may have been among them
    for number, connection in enumerate(opened):
        hang_up(connection, by_reset=number % 2 == 0)

    assert soon(lambda: sockets(server) <= before)
    assert server.log == said
    assert batch(server, event()).status == 200


def test_half_a_body_at_the_end_is_told_to_come_again_and_nothing_acknowledged_is_lost(
    start_server: StartServer,
) -> None:
    server = start_server()
    sent, before = event(), sockets(server)
    assert batch(server, sent).json["accepted"] == 1

    with closing(connected(server)) as half, closing(connected(server)) as silent:
        half.sendall(half_a_post("/v1/batch"))
        silent.sendall(b"POST /v1/ba")
        assert soon(lambda: sockets(server) >= before + 2)
        begun = time.monotonic()
        code = server.stop()
        took = time.monotonic() - begun
        told = answer(half)

    assert (code, took < 10) == (0, True)
    assert told.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2" in told
    assert stored(server.database) == {sent["messageId"]}
    assert "Traceback" not in server.log
