"""Who may not follow what, and what the two protocols answer to those who do not keep to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from engine.domain.keys import Scope
from tests.graphql.asking import Device
from tests.graphql.following import CHANGES, PATIENCE, PROTOCOL, socket_to, stream_from
from tests.keys import make_secrets
from tests.server import SECRET_KEY, WRITE_KEY, Server, StartServer

SERVER, VISITOR = f"Bearer {SECRET_KEY}", f"Visitor {'v' * 43}"
EVENTS, AUDIENCE = "subscription { eventReceived { id } }", 'subscription { audienceUpdated(by: {slug: "all"}) { id } }'
OTHERS = 'subscription { membershipChanged(profile: {email: "x@example.org"}) { id } }'
REFUSED = [
    (None, CHANGES, "UNAUTHORIZED"),
    (None, "subscription { profileUpdated { id } }", "UNAUTHORIZED"),
    (VISITOR, OTHERS, "UNAUTHORIZED"),
    (VISITOR, EVENTS, "UNAUTHORIZED"),
    (VISITOR, AUDIENCE, "UNAUTHORIZED"),
    (VISITOR, "subscription { alias: eventReceived { id } }", "UNAUTHORIZED"),
    (VISITOR, "subscription { ...F } fragment F on Subscription { ... { eventReceived { id } } }", "UNAUTHORIZED"),
    (VISITOR, 'subscription { membershipChanged(after: "Nw") { id } }', "INVALID_VALUE"),
    (SERVER, 'subscription { membershipChanged(after: "Nw") { id } }', "INVALID_VALUE"),
    (SERVER, 'subscription { membershipChanged(audiences: ["nosuch"]) { id } }', "NOT_FOUND"),
    (SERVER, 'subscription { audienceUpdated(by: {slug: "nosuch"}) { id } }', "NOT_FOUND"),
    (SERVER, "subscription { eventReceived { id } profileUpdated { id } }", "GRAPHQL_VALIDATION_FAILED"),
    (SERVER, "subscription { nosuch }", "GRAPHQL_VALIDATION_FAILED"),
    (SERVER, "subscription {", "GRAPHQL_PARSE_FAILED"),
]


@pytest.mark.parametrize(("authorization", "query", "code"), REFUSED)
def test_the_same_is_refused_by_both_protocols(address: str, authorization: str, query: str, code: str) -> None:
    with socket_to(address, authorization) as socket:
        socket.subscribe(query)
        over_socket = socket.hear()
    with stream_from(address, query, authorization) as stream:
        over_stream = json.loads(stream.response.read())

    assert over_socket["type"] == "error"
    assert {one["extensions"]["code"] for one in over_socket["payload"]} == {code}
    assert {one["extensions"]["code"] for one in over_stream["errors"]} == {code}


@pytest.fixture(scope="module")
def tokens(server: Server) -> Mapping[Scope, str]:
    scopes = [Scope.PROFILES_READ, Scope.AUDIENCES_READ]
    return dict(zip(scopes, make_secrets(server, *([scope] for scope in scopes)), strict=True))


def test_a_key_follows_what_its_scope_says(server: Server, tokens: Mapping[Scope, str]) -> None:
    refused = {}
    for scope, token in tokens.items():
        with socket_to(server.address, f"Bearer {token}") as socket:
            for query in (EVENTS, AUDIENCE):
                socket.subscribe(query, id=query)
            refused[scope] = {message["id"] for message in socket.heard if message["type"] == "error"}

    assert refused == {Scope.PROFILES_READ: {AUDIENCE}, Scope.AUDIENCES_READ: {EVENTS}}


def test_what_a_result_tells_is_checked_field_by_field(server: Server, tokens: Mapping[Scope, str]) -> None:
    query = "subscription { membershipChanged { audience { slug definition { text } } } }"
    with socket_to(server.address, f"Bearer {tokens[Scope.PROFILES_READ]}") as socket:
        socket.subscribe(query)
        Device(server.address).views()
        errors = socket.hear()["payload"]["errors"]

    assert {one["extensions"]["code"] for one in errors} == {"FORBIDDEN"}


HANDSHAKES: list[tuple[list[Any], int]] = [
    (["not json"], 4400),
    ([["a", "list"]], 4400),
    ([{"type": "subscribe", "id": "1", "payload": {"query": "{ me { id } }"}}], 4401),
    ([{"type": "connection_init", "payload": {"authorization": f"Bearer {WRITE_KEY}"}}], 4403),
    ([{"type": "connection_init", "payload": {"authorization": "Bearer sk_nobody"}}], 4401),
    ([{"type": "connection_init", "payload": {"authorization": "Basic x"}}], 4401),
    ([{"type": "connection_init", "payload": {"authorization": 7}}], 4400),
    ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
    ([{"type": "connection_init"}, {"type": "subscribe", "id": "1"}], 4400),
    ([{"type": "connection_init"}, {"type": "subscribe", "id": ["1"], "payload": {"query": "{ me { id } }"}}], 4400),
    ([{"type": "connection_init", "payload": {"padding": "x" * 17_000}}], 1009),
]


def closed_by(address: str, messages: list[Any], **options: Any) -> int | None:
    """Send messages, and give the code by which the server closes."""
    url = address.replace("http", "ws") + "/graphql"
    with connect(url, subprotocols=[PROTOCOL], proxy=None, **options) as wire:
        for message in messages:
            wire.send(message if isinstance(message, str) else json.dumps(message))
        with suppress(ConnectionClosed):
            while True:
                wire.recv(PATIENCE)
        code: int | None = wire.protocol.close_code
    return code


@pytest.mark.parametrize(("messages", "code"), HANDSHAKES)
def test_a_breach_of_the_protocol_closes_the_socket(address: str, messages: list[Any], code: int) -> None:
    assert closed_by(address, messages) == code


def test_an_id_is_taken_while_it_is_at_work(address: str) -> None:
    greeting = {"type": "connection_init", "payload": {"authorization": SERVER}}
    follow = {"type": "subscribe", "id": "1", "payload": {"query": CHANGES}}

    assert closed_by(address, [greeting, follow, follow]) == 4409


def test_a_secret_key_from_a_page_is_refused(address: str) -> None:
    greeting = {"type": "connection_init", "payload": {"authorization": SERVER}}

    assert closed_by(address, [greeting], origin="https://shop.example") == 4403


def test_pages_of_other_origins_get_no_socket(start_server: StartServer) -> None:
    address = start_server(ROLLCALL_ALLOWED_ORIGINS="https://shop.example").address
    with socket_to(address, VISITOR, origin="https://shop.example") as socket:
        assert socket.is_quiet()

    with pytest.raises(InvalidStatus) as refused, socket_to(address, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_operations_that_end_run_over_both_protocols(address: str) -> None:
    with socket_to(address, SERVER) as socket:
        socket.subscribe("{ audiences { totalCount } }")
        over_socket = [socket.hear() for _ in range(2)]

    assert [message["type"] for message in over_socket] == ["next", "complete"]
    assert over_socket[0]["payload"]["data"]["audiences"]["totalCount"] > 0


def test_a_subscription_needs_a_protocol_that_goes_on(address: str) -> None:
    answer = httpx2.post(f"{address}/graphql", json={"query": CHANGES}, headers={"Authorization": SERVER})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


def test_a_get_may_follow_and_may_not_write(address: str) -> None:
    headers = {"Accept": "text/event-stream", "Authorization": SERVER}
    url = f"{address}/graphql"
    with httpx2.stream("GET", url, params={"query": CHANGES}, headers=headers) as followed:
        assert followed.headers["content-type"].startswith("text/event-stream")
        assert followed.headers["cache-control"] == "private, no-store"
    writing = 'mutation { deleteAudience(id: "x") { userErrors { code } } }'
    assert httpx2.get(url, params={"query": writing}, headers=headers).status_code == 405


def test_one_socket_has_a_bounded_number_of_operations(address: str) -> None:
    with socket_to(address, SERVER) as socket:
        for _ in range(51):
            socket.subscribe(EVENTS)
        (refused,) = socket.heard

    assert refused["payload"][0]["extensions"] == {"code": "OVERLOADED"}
