"""Which pages may send and read: browsers ask first, and are told."""

from __future__ import annotations

import json

from tests.collector.wire import ask, event, post
from tests.server import WRITE_KEY, Server, StartServer

SHOP, OTHER = "https://shop.example", "https://other.example"


def test_a_page_of_any_origin_may_read_answers_by_default_and_when_to_come_back(server: Server) -> None:
    answer = post(server, "/v1/page", event(), Origin=SHOP)

    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-expose-headers"] == "Retry-After"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


def test_failures_can_be_read_too(server: Server) -> None:
    answer = post(server, "/v1/page", b"{", Origin=SHOP)

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (400, SHOP)


def test_a_preflight_is_answered_for_a_while(server: Server) -> None:
    answer = ask(
        server,
        "OPTIONS",
        "/v1/me",
        Origin=SHOP,
        Access_Control_Request_Method="GET",
        Access_Control_Request_Headers="authorization",
    )

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-headers"] == "authorization"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert int(answer.headers["access-control-max-age"]) > 0


def test_where_origins_are_listed_others_are_not_let_in(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_ALLOWED_ORIGINS=f"{SHOP}/, https://second.example")
    body = json.dumps({**event(), "writeKey": WRITE_KEY}).encode()

    mine = ask(server, "POST", "/v1/page", body, Origin=SHOP)
    others = ask(server, "POST", "/v1/page", body, Origin=OTHER)

    assert mine.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-origin" not in others.headers
    assert "access-control-allow-origin" not in ask(server, "OPTIONS", "/v1/page", Origin=OTHER).headers
