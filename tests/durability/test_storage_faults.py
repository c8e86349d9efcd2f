"""When the disk refuses, the server says so (503, Retry-After), loses nothing acknowledged, and recovers by itself."""

from __future__ import annotations

import asyncio
import random
import time
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from benchmarks.durability import Ledger, check, integrity, load_for, stored
from benchmarks.traffic import Traffic, encode
from tests.durability import strace
from tests.durability.running import Running

RECOVERS_WITHIN = 10
FAULTS = [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fsync,fdatasync", "EIO")]


def fresh_traffic() -> Traffic:
    """Give events that no other test has sent: the server is shared, and it knows duplicates."""
    return Traffic(seed=random.randrange(1 << 24), returning_count=50)


def post(running: Running, traffic: Traffic) -> tuple[HTTPResponse, str]:
    """Post one event; give the answer and the event's id."""
    event = traffic.page_view(traffic.visitor())
    connection = HTTPConnection(urlsplit(running.address).netloc, timeout=30)
    connection.request("POST", "/v1/batch", encode([event]))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer, event["messageId"]


def post_until_accepted(running: Running, traffic: Traffic) -> str:
    """Post, again while refused; give the id of the event that was accepted."""
    deadline = time.monotonic() + RECOVERS_WITHIN
    while True:
        answer, message_id = post(running, traffic)
        if answer.status == 200:
            return message_id
        assert time.monotonic() < deadline, f"still {answer.status} {RECOVERS_WITHIN} s after the fault has gone"
        time.sleep(0.1)


@pytest.mark.parametrize(("calls", "error"), FAULTS)
def test_a_disk_that_refuses_is_answered_503_until_it_obeys_again(running: Running, calls: str, error: str) -> None:
    traffic = fresh_traffic()
    before = post_until_accepted(running, traffic)

    with strace.failing(running.pid, running.database, calls, error):
        refusals = [post(running, traffic)[0] for _ in range(3)]
    after = post_until_accepted(running, traffic)

    assert [answer.status for answer in refusals] == [503] * 3
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refusals)
    assert {before, after} <= stored(running.database)
    assert integrity(running.database) == "ok"


@pytest.mark.parametrize(("calls", "error"), FAULTS)
def test_faults_now_and_then_under_load_lose_nothing_acknowledged(running: Running, calls: str, error: str) -> None:
    traffic, ledger = fresh_traffic(), Ledger()

    with strace.failing(running.pid, running.database, calls, error, when="5+7"):
        asyncio.run(load_for(running.address, traffic, ledger, seconds=1))
    asyncio.run(load_for(running.address, traffic, ledger, seconds=0.3))

    assert ledger.statuses == {200, 503}
    assert ledger.acknowledged <= stored(running.database)
    check(running.database)
