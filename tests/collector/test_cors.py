"""Which pages may send and read: browsers ask first, and are told."""

from __future__ import annotations

import json

import pytest

from engine.domain.keys import KeyDraft, KeyKind
from tests.collector.wire import ask, event, post
from tests.keys import make
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


@pytest.fixture(scope="module")
def shop_key(server: Server) -> str:
    """Give a write key that is for pages of the shop only."""
    draft = KeyDraft(KeyKind.WRITE, "shop", origins=(SHOP, "https://m.shop.example"))
    return str(make(server, draft)[0].token)


def test_a_key_with_origins_takes_events_from_their_pages_only(server: Server, shop_key: str) -> None:
    body = json.dumps({**event(), "writeKey": shop_key}).encode()

    mine, others = (ask(server, "POST", "/v1/page", body, Origin=origin) for origin in (SHOP, OTHER))

    assert (mine.status, mine.headers["access-control-allow-origin"]) == (200, SHOP)
    assert (others.status, others.error, others.headers["vary"]) == (403, "forbidden", "Origin")
    assert "access-control-allow-origin" not in others.headers


@pytest.mark.parametrize("origin", ["null", "https://shop.example.evil.example", "http://shop.example", f"{SHOP}:444"])
def test_an_origin_that_only_looks_like_it_is_another(server: Server, shop_key: str, origin: str) -> None:
    answer = post(server, "/v1/page", event(), Authorization=f"Bearer {shop_key}", Origin=origin)

    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers


def test_the_pixel_keeps_to_the_origins_too_where_one_is_told(server: Server, shop_key: str) -> None:
    path = f"/v1/pixel.gif?writeKey={shop_key}&anonymousId={event()['anonymousId']}"

    assert ask(server, "GET", path).status == 200
    assert ask(server, "GET", path, Origin=OTHER).status == 403


def test_what_is_no_browser_tells_no_origin_and_is_taken(server: Server, shop_key: str) -> None:
    assert post(server, "/v1/page", event(), Authorization=f"Bearer {shop_key}").status == 200


def test_a_keys_own_origins_stand_in_the_place_of_the_settings(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_ALLOWED_ORIGINS=OTHER)
    new = make(server, KeyDraft(KeyKind.WRITE, "shop", origins=(SHOP,)))[0]

    mine, others = (
        post(server, "/v1/page", event(), Authorization=f"Bearer {new.token}", Origin=origin)
        for origin in (SHOP, OTHER)
    )

    assert (mine.status, mine.headers["access-control-allow-origin"]) == (200, SHOP)
    assert others.status == 403
