"""Too much at once is said, with when to come back; and it passes."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing

from tests.collector.wire import batch, event, locked
from tests.server import StartServer


def test_while_the_writer_is_held_the_inbox_fills_and_what_has_no_room_is_429(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_INBOX_SIZE="20")
    events = [event() for _ in range(40)]

    with ThreadPoolExecutor(40) as pool:
        with locked(server):
            asked = [pool.submit(batch, server, one) for one in events]
            early, _ = wait(asked, timeout=1)
        answers = [one.result() for one in asked]

    statuses = [answer.status for answer in answers]
    assert set(statuses) == {200, 429}
    assert {one.result().status for one in early} == {429}
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status == 429)
    assert all(batch(server, one).status == 200 for one in events)
    with closing(sqlite3.connect(server.database)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (40,)
