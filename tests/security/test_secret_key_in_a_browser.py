"""The accident: a secret key stands in a page. It must not work there, so that it is noticed at once."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.collector.wire import ask, event, new, post
from tests.security.people import whole
from tests.server import CONSOLE_TOKEN, SECRET_KEY, Server

SIGNS = [
    {"Origin": "https://shop.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec_Fetch_Site": "same-origin"},
    {"Sec_Fetch_Site": "none"},
    {"origin": "https://shop.example"},
    {"SEC_FETCH_SITE": "cross-site"},
]
BASIC = b64encode(f"{SECRET_KEY}:".encode()).decode()
WAYS = [f"Bearer {SECRET_KEY}", f"bearer {SECRET_KEY}", f"Basic {BASIC}"]


@pytest.mark.parametrize("sign", SIGNS, ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_no_event_is_taken_from_a_page_with_a_secret_key(server: Server, sign: dict[str, str], way: str) -> None:
    device = new("device")

    answer = post(server, "/v1/batch", {"batch": [event(anonymousId=device)]}, Authorization=way, **sign)

    assert (answer.status, answer.error) == (403, "forbidden")
    assert SECRET_KEY not in answer.body.decode()
    assert whole(server, anonymousId=device) is None


@pytest.mark.parametrize("sign", SIGNS, ids=str)
@pytest.mark.parametrize("query", ["{ profiles { totalCount } }", "{ me { id } }", "{ __typename }", "not a query"])
def test_no_query_is_answered_in_a_page_with_a_secret_key(server: Server, sign: dict[str, str], query: str) -> None:
    body = {"query": query}

    answer = post(server, "/graphql", body, Authorization=WAYS[0], Content_Type="application/json", **sign)

    assert answer.json["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "data" not in answer.json
    assert SECRET_KEY not in answer.body.decode()


def test_a_secret_key_in_an_address_is_refused(server: Server) -> None:
    posted = ask(server, "POST", f"/v1/page?writeKey={SECRET_KEY}", json.dumps(event()).encode())
    pictured = ask(server, "GET", f"/v1/pixel.gif?writeKey={SECRET_KEY}&anonymousId={new('device')}")

    assert (posted.status, pictured.status) == (403, 403)


def test_a_secret_key_in_a_body_is_refused_and_not_kept(server: Server) -> None:
    device = new("device")

    answer = ask(server, "POST", "/v1/page", json.dumps({**event(anonymousId=device), "writeKey": SECRET_KEY}).encode())

    assert answer.status == 403
    assert whole(server, anonymousId=device) is None
    assert all(SECRET_KEY.encode() not in path.read_bytes() for path in server.database.parent.iterdir())


def test_a_page_cannot_move_the_clock(server: Server) -> None:
    asked = [post(server, "/v1/simulation/advance", {"seconds": 1}, Authorization=WAYS[0], **sign) for sign in SIGNS]

    assert {answer.status for answer in asked} == {403}


@pytest.mark.parametrize("token", [CONSOLE_TOKEN, SECRET_KEY[:-1], f"{SECRET_KEY}x", SECRET_KEY.upper(), "sk_"])
def test_what_is_nearly_a_secret_key_is_none(server: Server, token: str) -> None:
    body: dict[str, Any] = {"query": "{ profiles { totalCount } }"}

    answer = post(server, "/graphql", body, Authorization=f"Bearer {token}", Content_Type="application/json")

    assert answer.json["errors"][0]["extensions"]["code"] in ("UNAUTHORIZED", "FORBIDDEN")
