"""POST /v1/live: a visitor follows what `me` tells of him, and nothing else; streams are few, end, and leak nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from collector.live import MOST_OF_A_VISITOR
from tests.collector.wire import Browser, ask, browser, event, soon
from tests.server import SECRET_KEY, WRITE_KEY, Server, StartServer

DAY = 86_400
NOBODY = {"known": False, "audiences": []}


def body_of(visitor: Browser, **more: Any) -> bytes:
    """Give what the tag posts."""
    return json.dumps({"writeKey": WRITE_KEY, "visitorSecret": visitor.secret, **more}).encode()


@contextmanager
def following(server: Server, visitor: Browser, **headers: str) -> Iterator[HTTPResponse]:
    """Open a stream as a page does, until the block ends."""
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=30)
    try:
        connection.request("POST", "/v1/live", body_of(visitor), {"Content-Type": "text/plain", **headers})
        yield connection.getresponse()
    finally:
        connection.close()


def told(stream: HTTPResponse) -> Any:
    """Read on to the next view."""
    while line := stream.readline():
        if line.startswith(b"data: "):
            return json.loads(line[6:])
    return None


def me(server: Server, visitor: Browser) -> Any:
    """Ask what `me` tells."""
    return ask(server, "GET", "/v1/me", None, Authorization=f"Visitor {visitor.secret}").json


def open_streams(server: Server) -> float:
    """Count the streams that the server holds."""
    counts = ask(server, "GET", "/metrics", None, Authorization=f"Bearer {SECRET_KEY}").body.decode()
    return next(float(line.split()[1]) for line in counts.splitlines() if line.startswith("rollcall_live_streams "))


def test_a_page_hears_what_its_visitor_enters(server: Server) -> None:
    visitor = browser()
    with following(server, visitor) as stream:
        assert told(stream) == NOBODY
        visitor.post(server, event())
        assert told(stream) == me(server, visitor) != NOBODY
        visitor.post(server, event("identify", traits={"email": "live@home.example"}))
        assert told(stream)["known"]


def test_a_page_hears_what_time_alone_changes(server: Server) -> None:
    visitor = browser()
    visitor.post(server, event())
    with following(server, visitor) as stream:
        assert "visited_within_day" in told(stream)["audiences"]
        server.advance(DAY + 1)
        assert "visited_within_day" not in told(stream)["audiences"]


def test_an_edit_that_hides_an_audience_from_pages_is_heard(server: Server) -> None:
    change = (
        "mutation ($id: ID!, $i: UpdateAudienceInput!) { updateAudience(id: $id, input: $i) { userErrors { code } } }"
    )
    id = server.graphql('{ audience(by: {slug: "mobile"}) { id } }')["audience"]["id"]
    visitor, phone = browser(), "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"
    visitor.post(server, event(context={"userAgent": phone}))
    with following(server, visitor) as stream:
        assert "mobile" in told(stream)["audiences"]
        assert server.graphql(change, id=id, i={"personalizable": False}) == {"updateAudience": {"userErrors": []}}
        assert "mobile" not in told(stream)["audiences"]


def test_the_stream_of_an_unknown_visitor_looks_like_any_other(server: Server) -> None:
    seen = browser()
    seen.post(server, event("identify", traits={"email": "seen@home.example"}))
    with following(server, seen) as known, following(server, browser()) as unknown:
        assert known.getheaders() == unknown.getheaders()
        assert (known.status, told(unknown)) == (unknown.status, NOBODY)


def test_nobody_keeps_it_and_foreign_pages_are_told_no_more_than_by_me(server: Server) -> None:
    with following(server, browser(), Origin="https://shop.example") as stream:
        headers = {name.lower(): value for name, value in stream.getheaders()}
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "private, no-store"
    assert (headers["access-control-allow-origin"], headers["vary"]) == ("https://shop.example", "Origin")
    assert "content-length" not in headers


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"visitorSecret": browser().secret}, 401, "unauthorized"),
        ({"writeKey": "wk_other", "visitorSecret": browser().secret}, 401, "unauthorized"),
        ({"writeKey": SECRET_KEY, "visitorSecret": browser().secret}, 403, "forbidden"),
    ],
)
def test_who_may_not_follow_is_told_why(server: Server, body: Any, status: int, code: str) -> None:
    answer = ask(server, "POST", "/v1/live", json.dumps(body).encode())

    assert (answer.status, answer.error) == (status, code)


@pytest.mark.parametrize("said", [{}, {"visitorSecret": "short"}, {"visitorSecret": 5}], ids=str)
def test_who_proves_nothing_is_told_of_nobody_once(server: Server, said: Any) -> None:
    answer = ask(server, "POST", "/v1/live", json.dumps({"writeKey": WRITE_KEY, **said}).encode())

    assert (answer.status, answer.body) == (200, b'data: {"known":false,"audiences":[]}\n\n')


def test_a_stream_that_is_left_leaves_nothing_behind(server: Server) -> None:
    with ExitStack() as stack:
        streams = [stack.enter_context(following(server, browser())) for _ in range(20)]
        assert [told(stream) for stream in streams] == [NOBODY] * 20
        assert open_streams(server) >= 20
    assert soon(lambda: open_streams(server) == 0)
    assert "Traceback" not in server.log


def test_the_oldest_of_too_many_streams_of_one_visitor_gives_way(server: Server) -> None:
    visitor = browser()
    with ExitStack() as stack:
        streams = [stack.enter_context(following(server, visitor)) for _ in range(MOST_OF_A_VISITOR + 1)]
        assert told(streams[-1]) == NOBODY
        assert streams[0].read().endswith(b"\n\n")
        visitor.post(server, event())
        assert all(told(stream) is not None for stream in streams[1:])


def test_streams_are_bounded_and_those_too_many_are_told_when_to_come_again(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_LIVE_STREAMS="8")
    with ExitStack() as stack:
        streams = [stack.enter_context(following(server, browser())) for _ in range(3)]
        assert [stream.status for stream in streams] == [200, 200, 429]
        assert int(streams[2].headers["retry-after"]) > 0
    assert soon(lambda: open_streams(server) == 0)
    with following(server, browser()) as stream:
        assert stream.status == 200


def test_streams_do_not_hold_up_the_end(start_server: StartServer) -> None:
    server = start_server()
    with following(server, browser()) as stream:
        assert told(stream) == NOBODY
        begun = time.monotonic()
        assert server.stop() == 0
        assert stream.read().strip(b":\n") == b""
        assert time.monotonic() - begun < 6, "a stream held the server until it gave up waiting (8 s)"
