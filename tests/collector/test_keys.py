"""Whose key a request carries: where it may stand, and what it may do."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from engine.domain.keys import KeyDraft, KeyKind, Scope
from tests.collector.wire import ask, event, new, post, profile
from tests.keys import make, make_secrets
from tests.server import CONSOLE_TOKEN, SECRET_KEY, WRITE_KEY, Server

ADVANCE = "/v1/simulation/advance"


def basic(user: str, password: str = "") -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("path", "around", "authorization"),
    [
        ("/v1/batch", {}, f"Bearer {WRITE_KEY}"),
        ("/v1/batch", {}, f"bearer  {WRITE_KEY} "),
        ("/v1/batch", {}, basic(WRITE_KEY)),
        ("/v1/batch", {}, basic(WRITE_KEY, "whatever")),
        ("/v1/batch", {"writeKey": WRITE_KEY}, None),
        (f"/v1/batch?writeKey={WRITE_KEY}", {}, None),
        ("/v1/batch", {"writeKey": WRITE_KEY}, "Visitor abc"),
        ("/v1/batch", {}, f"Bearer {SECRET_KEY}"),
        ("/v1/batch", {}, basic(SECRET_KEY)),
    ],
)
def test_a_key_is_taken_from(server: Server, path: str, around: dict[str, str], authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    body = json.dumps({"batch": [event()], **around}).encode()

    assert ask(server, "POST", path, body, **headers).json["accepted"] == 1


@pytest.mark.parametrize(
    "authorization",
    [
        *("", "Bearer", "Bearer ", "Bearer wk_unknown", "Bearer é", "Basic", "Basic =", "Basic é", "Basic /w=="),
        *(basic(""), basic("wk_unknown"), basic("x", WRITE_KEY), f"Digest {WRITE_KEY}", WRITE_KEY),
        f"Bearer {CONSOLE_TOKEN}",
    ],
)
def test_without_a_key_that_is_known_the_answer_is_401(server: Server, authorization: str) -> None:
    answer = post(server, "/v1/track", event("track"), Authorization=authorization)

    assert (answer.status, answer.error) == (401, "unauthorized")


@pytest.mark.parametrize("written", [7, None, [], {}, ""])
def test_a_write_key_that_is_no_text_is_no_key(server: Server, written: object) -> None:
    assert ask(server, "POST", "/v1/page", json.dumps({"writeKey": written}).encode()).status == 401


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_a_secret_key_in_a_page_is_403(server: Server, header: str) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", header: "https://shop.example"}

    answer = post(server, "/v1/track", event("track"), **headers)

    assert (answer.status, answer.error) == (403, "forbidden")


def test_a_secret_key_in_a_body_or_an_address_is_403_because_logs_keep_those(server: Server) -> None:
    in_body = ask(server, "POST", "/v1/page", json.dumps({**event(), "writeKey": SECRET_KEY}).encode())
    in_address = ask(server, "POST", f"/v1/page?writeKey={SECRET_KEY}", json.dumps(event()).encode())

    assert (in_body.status, in_address.status) == (403, 403)


def test_what_a_server_said_no_page_overwrites(server: Server) -> None:
    device = new("device")
    by_server = event("identify", anonymousId=device, traits={"plan": "gold", "seats": 3})
    post(server, "/v1/identify", by_server, Authorization=f"Bearer {SECRET_KEY}")

    post(server, "/v1/identify", event("identify", anonymousId=device, traits={"plan": "free", "city": "Rome"}))

    attributes = profile(server, anonymousId=device)["attributes"]
    assert (attributes["plan"], attributes["seats"], attributes["city"]) == ("gold", 3, "Rome")


def test_trust_is_never_read_from_a_body(server: Server) -> None:
    device = new("device")
    claim = {"traits": {"plan": "gold"}, "trust": 2, "context": {"trust": "server"}}
    post(server, "/v1/identify", event("identify", anonymousId=device, **claim))

    post(server, "/v1/identify", event("identify", anonymousId=device, traits={"plan": "free"}))

    assert profile(server, anonymousId=device)["attributes"]["plan"] == "free"


def test_a_server_is_not_taken_for_the_device_of_its_visitor(server: Server) -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1"
    desktop = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
    by_server = {"Authorization": f"Bearer {SECRET_KEY}", "User_Agent": desktop}
    unsaid, said, by_page = event(), event(context={"userAgent": phone}), event()

    post(server, "/v1/page", unsaid, **by_server)
    post(server, "/v1/page", said, **by_server)
    post(server, "/v1/page", by_page, User_Agent=desktop)

    devices = [
        profile(server, anonymousId=one["anonymousId"])["attributes"].get("devices") for one in (unsaid, said, by_page)
    ]
    assert devices == [None, ["mobile"], ["desktop"]]


ELSEWHERE = {"X_Forwarded_For": "192.0.2.1"}
DOORS = {Scope.EVENTS: ("POST", "/v1/page"), Scope.METRICS: ("GET", "/metrics"), Scope.SIMULATION: ("POST", ADVANCE)}


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[Scope, str]:
    """Give a secret key for each scope, which has no other."""
    return dict(zip(Scope, make_secrets(server, *([scope] for scope in Scope)), strict=True))


@pytest.mark.parametrize("needed", DOORS)
@pytest.mark.parametrize("scope", Scope)
def test_a_secret_key_opens_the_doors_of_its_scopes(
    server: Server, tokens: dict[Scope, str], scope: Scope, needed: Scope
) -> None:
    method, path = DOORS[needed]
    body = json.dumps({**event(), "seconds": 1}).encode() if method == "POST" else None

    answer = ask(server, method, path, body, Authorization=f"Bearer {tokens[scope]}", **ELSEWHERE)

    assert answer.status == (200 if scope is needed else 403)
    if scope is not needed:
        assert f"`{needed}`" in answer.body.decode() or f"scope {needed}" in answer.body.decode()


def test_the_secret_of_an_identity_key_opens_nothing_by_itself(server: Server) -> None:
    new = make(server, KeyDraft(KeyKind.IDENTITY, "site"))[0]

    asked = [post(server, "/v1/page", event(), Authorization=f"Bearer {one}") for one in (new.token, new.key.id)]
    read = ask(server, "GET", "/graphql?query={me{id}}", Authorization=f"Bearer {new.token}")

    assert [answer.status for answer in asked] == [401, 401]
    assert read.status == 403
