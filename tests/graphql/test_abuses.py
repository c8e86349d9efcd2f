"""The usual abuses of a GraphQL server, each with its refusal: told clearly, at once, and without a word too many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query

from tests.graphql.asking import Asker, Device
from tests.server import SECRET_KEY

ACCEPT = {"Accept": "application/graphql-response+json"}
INVALID, BAD = "GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST"
MUTATION = 'mutation { deleteAudience(id: "x") { deletedAudienceId } }'
TEXT = {"content": b'{"query": "{ me { id } }"}', "headers": {"Content-Type": "text/plain"}}


@dataclass(frozen=True)
class Abuse:
    """What is sent, and how it is refused."""

    status: int
    code: str
    told: str
    query: str = ""
    sent: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"

    @property
    def parts(self) -> dict[str, Any]:
        """Give the parts of the request."""
        return self.sent or {"json": {"query": self.query}}


def fragments(levels: int) -> str:
    chain = "".join(f"fragment F{n} on Profile {{ email id known ...F{n + 1} }} " for n in range(levels))
    return f"{{ me {{ ...F0 }} }} {chain} fragment F{levels} on Profile {{ id }}"


def flood(of: str) -> str:
    return "{ me { " + of * 60 + " } }"


PAGES = "{ me { audiences(first: 100) { nodes { usedBy { id } versions(first: 100) { changes } } } } }"
ABUSES = {
    "alias flood": Abuse(400, INVALID, "aliases: 60", "{ " + " ".join(f"a{n}: me {{ id }}" for n in range(60)) + " }"),
    "directive flood": Abuse(400, INVALID, "directives: 60", "{ me { id" + " @include(if: true)" * 60 + " } }"),
    "deep fragments": Abuse(400, INVALID, "fields: 302", fragments(100)),
    "circular fragments": Abuse(400, INVALID, "within itself", "{ me { ...A } } fragment A on Profile { ...A }"),
    "a comment of 10 MB": Abuse(413, BAD, "larger than 16384 bytes", "#" * 10_000_000 + "\n{ me { id } }"),
    "batching": Abuse(400, BAD, "Expected `object`, got `array`", sent={"json": [{"query": "{ me { id } }"}] * 9}),
    "a write by GET": Abuse(405, BAD, "must be sent by POST", sent={"params": {"query": MUTATION}}, method="GET"),
    "text": Abuse(415, BAD, "application/json", sent=TEXT),
    "a form": Abuse(415, BAD, "application/json", sent={"data": {"query": "{ me { id } }"}}),
    "introspection": Abuse(400, INVALID, "introspection has been disabled", get_introspection_query()),
    "pages in pages": Abuse(400, INVALID, "could give 11,100 objects", PAGES),
    "tokens": Abuse(400, "GRAPHQL_PARSE_FAILED", "2000 tokens", "{ " + "a " * 3_000 + "}"),
}


@pytest.mark.parametrize("abuse", ABUSES.values(), ids=ABUSES)
def test_an_abuse_is_refused(abuse: Abuse, address: str) -> None:
    headers = ACCEPT | abuse.parts.get("headers", {})
    answer = httpx2.request(abuse.method, f"{address}/graphql", **{**abuse.parts, "headers": headers})
    error = answer.json()["errors"][0]

    assert (answer.status_code, error["extensions"]["code"]) == (abuse.status, abuse.code), error
    assert abuse.told in error["message"]


@pytest.mark.parametrize(
    "query",
    ["{ me { knwon } }", "{ me { score(name: MOMENTUMM) } }", '{ me { isIn(audienc: "x") } }', "{ mee { id } }"],
)
def test_what_a_wrong_name_may_have_meant_is_told_to_keys_only(query: str, visitor: Device, server_key: Asker) -> None:
    told = [asker.answer(query)["errors"][0]["message"] for asker in (visitor.asker, server_key)]

    assert ["Did you mean" in message for message in told] == [False, True]


def test_a_variable_suggests_nothing_to_visitors(visitor: Device, server_key: Asker) -> None:
    query = "query ($n: ScoreName!) { me { score(name: $n) } }"
    told = [asker.answer(query, n="MOMENTUMM")["errors"][0]["message"] for asker in (visitor.asker, server_key)]

    assert ["Did you mean" in message for message in told] == [False, True]


def test_keys_may_look_at_the_schema(server_key: Asker) -> None:
    assert server_key.ask("{ __schema { queryType { name } } }") == {"__schema": {"queryType": {"name": "Query"}}}


@pytest.mark.parametrize("sent", [b"{", b"\xff", b'{"query": "{ me { id } }", "variables": 7}', b'{"query": "{ me("}'])
def test_no_refusal_shows_a_stack_trace(sent: bytes, address: str) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET_KEY}"}
    answer = httpx2.post(f"{address}/graphql", content=sent, headers=headers)

    assert "errors" in answer.json()
    assert not any(word in answer.text for word in ("Traceback", ".py", "stacktrace"))


@pytest.mark.parametrize(
    ("first", "within", "is_refused"),
    [(100, 100, True), (100, 20, False), (20, 100, False), (None, None, False), (100, None, False)],
)
def test_pages_are_multiplied_also_when_variables_size_them(
    first: int | None, within: int | None, is_refused: bool, server_key: Asker
) -> None:
    query = """query ($a: Int, $b: Int) {
      profiles(first: $a) { totalCount nodes { audiences(first: $b) { edges { node { slug } } } } } }"""

    answer = server_key.answer(query, a=first, b=within)

    assert ("errors" in answer) == is_refused, answer
