"""The attack: reach what only servers may read, with the key of a page, by every detour that GraphQL has."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.collector.wire import ask, browser, post
from tests.graphql.following import socket_to
from tests.security.people import Browser, Victim, claims, victim, whole
from tests.server import CONSOLE_TOKEN, WRITE_KEY, Server


@pytest.fixture(scope="module")
def who(server: Server) -> Victim:
    return victim(server)


@pytest.fixture(scope="module")
def visitor(server: Server) -> Browser:
    visitor = browser()
    claims(server, visitor, "a-visitor@attacker.example")
    return visitor


DETOURS = {
    "plainly": "{ profile(by: $by) { email } }",
    "under an alias": "{ me: profile(by: $by) { email } }",
    "beside me": "{ me { known } profile(by: $by) { email } }",
    "by a fragment": "{ ...F } fragment F on Query { profile(by: $by) { email } }",
    "by fragments": "{ ...F } fragment F on Query { ...G } fragment G on Query { profile(by: $by) { email } }",
    "by an inline fragment": "{ ... { ... on Query { profile(by: $by) { email } } } }",
    "with directives": "{ profile(by: $by) @include(if: true) { email @skip(if: false) } }",
    "by a list": "{ profiles(filter: {query: $word}) { nodes { email } } }",
    "by the members of an audience": '{ audience(by: {slug: "gold"}) { members(first: 5) { nodes { email } } } }',
    "by my own audiences": "{ me { audiences { nodes { members { nodes { email } } } } } }",
    "by my own audiences' sizes": "{ me { audiences { nodes { size } } } }",
    "by their changes": "{ me { audiences { nodes { changes { nodes { profile { email } } } } } } }",
    "by my own history": "{ me { membershipHistory { nodes { profile { mergedFrom } } } } }",
    "by my history's audience": "{ me { membershipHistory { nodes { audience { members { totalCount } } } } } }",
    "by an explanation": '{ me { membershipExplanation(audience: {slug: "gold"}) { summary } } }',
    "by a preview": '{ audiencePreview(definition: {text: "*"}) { sample { email } } }',
    "by a preview's size": '{ audiencePreview(definition: {text: "EXISTS email"}) { size } }',
    "by the commonest values": '{ attributeDefinitions(query: "plan") { topValues { value count } } }',
    "by the events seen": '{ eventDefinitions(query: "Bought") { type } }',
    "by an erasure": "mutation { eraseProfile(by: $by) { eventsErased } }",
    "by a merge": 'mutation { mergeProfiles(into: {email: "a@b.example"}, from: $by) { profile { email } } }',
    "by a merge's error": "mutation { mergeProfiles(into: $by, from: $by) { userErrors { message } } }",
    "by an unlink": 'mutation { unlinkIdentity(identity: {namespace: "user_id", value: "a"}) { profiles { email } } }',
    "by an audience": 'mutation { createAudience(input: {name: "x", definition: {text: "*"}}) { audience { size } } }',
}


def _asked(query: str, who: Victim) -> dict[str, Any]:
    """Write a query with what it needs of the victim, and with operations around it."""
    kind = "mutation" if query.startswith("mutation") else "query"
    written = query.removeprefix(kind).strip()
    variables = {
        name: value for name, value in (("by", {"email": who.email}), ("word", who.word)) if f"${name}" in query
    }
    types = {"by": "$by: ProfileByInput!", "word": "$word: String"}
    declared = f"({', '.join(types[name] for name in variables)})" if variables else ""
    return {"query": f"{kind} Asked{declared} {written}", "variables": variables}


@pytest.mark.parametrize("detour", DETOURS.values(), ids=DETOURS.keys())
@pytest.mark.parametrize("shown", [True, False], ids=["with a secret", "with nothing"])
def test_no_detour_leads_a_visitor_to_others(
    server: Server, who: Victim, visitor: Browser, detour: str, shown: bool
) -> None:
    headers = {"Authorization": f"Visitor {visitor.secret}"} if shown else {"Authorization": "Visitor none"}

    answer = post(server, "/graphql", _asked(detour, who), Content_Type="application/json", **headers)

    reached_nothing = not shown and answer.json.get("data") == {"me": None}
    assert reached_nothing or {error["extensions"]["code"] for error in answer.json["errors"]} == {"UNAUTHORIZED"}
    assert who.word not in answer.body.decode()


KEYS = [f"Bearer {WRITE_KEY}", f"Bearer {CONSOLE_TOKEN}", "Bearer sk_guessed", "Basic c2tfdGVzdDo="]


@pytest.mark.parametrize("detour", DETOURS.values(), ids=DETOURS.keys())
@pytest.mark.parametrize("key", KEYS)
def test_no_other_key_opens_anything(server: Server, who: Victim, detour: str, key: str) -> None:
    answer = post(server, "/graphql", _asked(detour, who), Content_Type="application/json", Authorization=key)

    assert "data" not in answer.json
    assert answer.json["errors"][0]["extensions"]["code"] in ("FORBIDDEN", "UNAUTHORIZED")


OPERATIONS = "query Mine { me { known } } query Theirs($by: ProfileByInput!) { profile(by: $by) { email } }"


@pytest.mark.parametrize("chosen", ["Theirs", "Mine", None, "", "Other"])
def test_a_second_operation_hides_nothing(server: Server, who: Victim, visitor: Browser, chosen: str | None) -> None:
    asked = {"query": OPERATIONS, "operationName": chosen, "variables": {"by": {"email": who.email}}}
    headers = {"Authorization": f"Visitor {visitor.secret}", "Content_Type": "application/json"}

    answer = post(server, "/graphql", asked, **headers).json

    assert who.word not in str(answer)
    assert (answer.get("data") or {}).get("me") == ({"known": True} if chosen == "Mine" else None)
    assert ("errors" in answer) == (chosen != "Mine")


def test_many_operations_at_once_are_no_request(server: Server, visitor: Browser) -> None:
    asked = [{"query": "{ me { known } }"}, {"query": "{ profiles { totalCount } }"}]
    headers = {"Authorization": f"Visitor {visitor.secret}", "Content_Type": "application/json"}

    assert "data" not in post(server, "/graphql", asked, **headers).json


def test_two_keys_at_once_are_not_added_up(server: Server, who: Victim) -> None:
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=10)
    try:
        connection.putrequest("POST", "/graphql")
        body = json.dumps(_asked(DETOURS["plainly"], who)).encode()
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Authorization", f"Bearer {WRITE_KEY}"),
            ("Authorization", "Visitor none"),
        ):
            connection.putheader(name, value)
        connection.endheaders(body)
        assert who.word not in connection.getresponse().read().decode()
    finally:
        connection.close()


IN_ADDRESS = ['mutation { eraseProfile(by: {email: "%s"}) { eventsErased } }', "{ profiles { totalCount } }"]


@pytest.mark.parametrize("query", IN_ADDRESS)
def test_a_query_in_an_address_opens_no_more(server: Server, who: Victim, visitor: Browser, query: str) -> None:
    asked = quote(query.replace("%s", who.email))

    answer = ask(server, "GET", f"/graphql?query={asked}", Authorization=f"Visitor {visitor.secret}")

    assert answer.json.get("data") is None
    assert whole(server, email=who.email) is not None


@pytest.mark.parametrize("detour", DETOURS.values(), ids=DETOURS.keys())
def test_no_detour_leads_over_a_web_socket_either(server: Server, who: Victim, visitor: Browser, detour: str) -> None:
    asked = _asked(detour, who)
    with socket_to(server.address, f"Visitor {visitor.secret}") as socket:
        socket.subscribe(asked["query"], **asked["variables"])
        answer = socket.hear()

    assert {error["extensions"]["code"] for error in answer["payload"]["errors"]} == {"UNAUTHORIZED"}
    assert who.word not in str(answer)


@pytest.mark.parametrize("path", ["/graphql/", "/v1/me", "/console/", "/"])
def test_a_web_socket_is_refused_and_tells_nothing(server: Server, visitor: Browser, path: str) -> None:
    answer = ask(
        server,
        "GET",
        path,
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Version="13",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Protocol="graphql-transport-ws",
        Authorization=f"Visitor {visitor.secret}",
    )

    assert answer.status == 403
    assert answer.body == b""


def test_errors_tell_no_values(server: Server, who: Victim, visitor: Browser) -> None:
    headers = {"Authorization": f"Visitor {visitor.secret}", "Content_Type": "application/json"}
    asked = _asked(DETOURS["plainly"], who)
    queries = (asked | {"variables": {"by": {"email": email}}} for email in (who.email, "nobody@b.example"))

    there, missing = (post(server, "/graphql", query, **headers).body for query in queries)

    assert there == missing
