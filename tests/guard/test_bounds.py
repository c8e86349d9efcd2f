"""A connection's bounds hold for the whole server: how long a request may take, and how large it may be."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, closing

import pytest

from cli.configuration import settings
from engine.errors import InvalidValue
from engine.settings import check_bounds
from tests.collector.wire import ask, batch, event, metrics, soon
from tests.guard.raw import GET, answer, connected, half_a_post, is_cut, tell
from tests.server import WRITE_KEY, Server, StartServer

SHORT = {"ROLLCALL_HEADER_TIMEOUT": "1", "ROLLCALL_BODY_TIMEOUT": "1", "ROLLCALL_IDLE_TIMEOUT": "1"}


@pytest.fixture(scope="module")
def short(start_server: StartServer) -> Server:
    """Give a server of little patience."""
    return start_server(**SHORT)


def field(size: int) -> bytes:
    return b"X: " + b"x" * (size - len("X: \r\n")) + b"\r\n"


POST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
REFUSED: dict[str, tuple[tuple[bytes, ...], int, str]] = {
    "half a header": ((b"GET /hea",), 408, "timeout"),
    "fields without an end": ((GET,), 408, "timeout"),
    "half a batch": ((half_a_post("/v1/batch"),), 408, "timeout"),
    "half a query": ((half_a_post("/graphql"),), 408, "timeout"),
    "half a form": ((half_a_post("/console/sign-in", "application/x-www-form-urlencoded"),), 408, "timeout"),
    "65 fields": ((GET, *(b"X-%d: x\r\n" % n for n in range(64)), b"\r\n"), 431, "fields_too_large"),
    "16 KB of fields": ((GET, field(16 * 1024), b"\r\n"), 431, "fields_too_large"),
    "one endless field": ((GET + b"X: " + b"x" * 1_000_000,), 431, "fields_too_large"),
    "a long address": ((b"GET /" + b"x" * 33_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",), 414, "address_too_long"),
    "an endless address": ((b"GET /" + b"x" * 1_000_000,), 414, "address_too_long"),
    "endless trailers": ((POST + CHUNKED + b"0\r\nX: " + b"x" * 8_500_000,), 413, "too_large"),
    "TLS": ((b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",), 400, "malformed"),
    "a body in no chunks": ((POST + CHUNKED + b"zz\r\n",), 400, "malformed"),
}


@pytest.mark.parametrize(("pieces", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_late_or_too_large_is_told_so(short: Server, pieces: tuple[bytes, ...], status: int, code: str) -> None:
    said, body = tell(short, *pieces)

    assert (said, json.loads(body)["error"]["code"]) == (status, code)


def test_64_fields_of_just_16_kb_are_served(short: Server) -> None:
    few = b"".join(b"X-%d: x\r\n" % n for n in range(62))

    assert tell(short, GET, few, field(15_000), b"\r\n")[0] == 200


def test_sending_a_byte_now_and_then_does_not_buy_time(short: Server) -> None:
    begun = time.monotonic()
    with closing(connected(short)) as connection:
        for letter in GET:
            if time.monotonic() - begun > 4:
                break
            try:
                connection.sendall(bytes([letter]))
            except OSError:
                break
            time.sleep(0.2)
        assert time.monotonic() - begun < 4


def test_who_asks_nothing_is_hung_up_on_without_a_word(short: Server) -> None:
    assert tell(short) == (0, b"")
    with closing(connected(short)) as connection:
        connection.sendall(GET + b"\r\n")
        assert answer(connection).endswith(b'{"status":"alive"}')


def test_who_does_not_read_his_answers_is_hung_up_on(short: Server) -> None:
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000
    before = metrics(short)["rollcall_connections",]

    with closing(connected(short)) as connection:
        connection.sendall(asked)
        assert soon(lambda: metrics(short)["rollcall_connections",] <= before)


def test_a_slow_body_that_comes_in_time_is_taken(short: Server) -> None:
    body = json.dumps(event()).encode()
    head = f"POST /v1/page?writeKey={WRITE_KEY} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    pieces = [body[at : at + 40] for at in range(0, len(body), 40)]

    assert tell(short, f"{head}Content-Length: {len(body)}\r\n\r\n".encode(), *pieces, pause=0.05)[0] == 200


def test_refusals_are_counted_by_reason(short: Server) -> None:
    before = metrics(short)

    tell(short, b"nonsense\r\n\r\n")

    named = ("rollcall_failed_requests_total", "malformed")
    assert metrics(short)[named] == before.get(named, 0) + 1


def test_where_all_places_are_taken_the_slowest_must_go(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_CONNECTION_LIMIT="20")

    with ExitStack() as stack:
        slow = [stack.enter_context(closing(connected(server))) for _ in range(40)]
        for connection in slow:
            connection.sendall(b"GET /hea")
        statuses = [batch(server, event()).status for _ in range(10)]
        assert is_cut(slow[0])
        slow[-1].sendall(b"lthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer(slow[-1]).endswith(b'{"status":"alive"}')

    assert statuses == [200] * 10


def test_another_protocol_is_not_spoken(short: Server) -> None:
    assert tell(short, GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")[0] == 200


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/graphql", "application/json"), ("/console/sign-in", "application/x-www-form-urlencoded")],
)
def test_only_the_collector_unpacks(server: Server, path: str, media_type: str) -> None:
    headers = {"Content_Type": media_type, "Content_Encoding": "gzip", "Sec_Fetch_Site": "same-origin"}

    assert ask(server, "POST", path, b"x", **headers).status == 415


@pytest.mark.parametrize("name", ["header_timeout", "body_timeout", "idle_timeout", "connection_limit"])
def test_a_bound_that_lets_nobody_in_is_an_error(name: str) -> None:
    with pytest.raises(InvalidValue, match=f"{name} is a whole number, at least 1"):
        check_bounds(settings(**{name: 0}))
