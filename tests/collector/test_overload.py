"""Too much at once is said, with when to come back; and it passes."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing

import pytest

from collector.limits import BURST, RateLimit
from engine.errors import InvalidValue, Overloaded
from tests.collector.wire import ask, batch, event, locked
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


def test_an_address_that_sends_too_much_is_told_when_to_come_back_and_others_are_not(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_RATE_LIMIT="2")

    greedy = [ask(server, "GET", "/v1/me", X_Forwarded_For="192.0.2.1") for _ in range(2 * BURST + 3)]
    modest = ask(server, "GET", "/v1/me", X_Forwarded_For="192.0.2.2")

    assert [answer.status for answer in greedy].count(200) in (2 * BURST, 2 * BURST + 1)
    assert (greedy[-1].status, greedy[-1].error, greedy[-1].headers["retry-after"]) == (429, "overloaded", "1")
    assert modest.status == 200


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(limit: RateLimit, address: str, times: int) -> int:
    """Tell how many of so many requests pass."""
    passed = 0
    for _ in range(times):
        try:
            limit.take(address)
            passed += 1
        except Overloaded:
            pass
    return passed


def test_a_burst_passes_then_the_rate_holds() -> None:
    clock = Clock()
    limit = RateLimit("10", clock)

    at_first = taken(limit, "192.0.2.1", 100)
    clock.now = 1
    after_a_second = taken(limit, "192.0.2.1", 100)
    clock.now = 1_000
    after_long = taken(limit, "192.0.2.1", 100)

    assert (at_first, after_a_second, after_long) == (50, 10, 50)


def test_a_slow_rate_says_how_long_to_wait() -> None:
    limit = RateLimit("0.1", Clock())
    limit.take("192.0.2.1")

    with pytest.raises(Overloaded) as told:
        limit.take("192.0.2.1")

    assert told.value.retry_after == 10


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("nonsense:", "nonsense:", True),
    ],
)
def test_who_shares_a_bucket(one: str, other: str, shared: bool) -> None:
    limit = RateLimit("1", Clock())
    taken(limit, one, 5)

    assert (taken(limit, other, 5) == 0) is shared


def test_off_is_no_limit() -> None:
    assert taken(RateLimit("off", Clock()), "192.0.2.1", 5_000) == 5_000


@pytest.mark.parametrize("setting", ["0", "-1", "nan", "inf", "", "fast", "10/s"])
def test_a_limit_that_makes_no_sense_is_an_error(setting: str) -> None:
    with pytest.raises(InvalidValue):
        RateLimit(setting, Clock())
