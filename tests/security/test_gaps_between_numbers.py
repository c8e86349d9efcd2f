"""The attack: read from numbers in ids and cursors how much happens to others, and so whether a claim met somebody."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from tests.collector.wire import Browser, browser, event, new
from tests.graphql.asking import Asker
from tests.security.people import claims, own_view, victim, visitor_asks
from tests.server import SECRET_KEY, Server

NUMBERED = """query ($after: String) { me {
  events(first: 2, after: $after) { edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage } }
  membershipHistory(first: 2) { edges { cursor node { id cursor event { id } } } pageInfo { startCursor endCursor } }
} }"""
EVENTS = """query ($after: String, $before: String) {
  me { events(first: 2, after: $after, before: $before) { edges { cursor } } } }"""


@pytest.fixture(scope="module")
def visitor(server: Server) -> Browser:
    visitor = browser()
    for _ in range(3):
        visitor.post(server, event())
    claims(server, visitor, f"{new('visitor')}@victim.example")
    return visitor


def _texts(found: Any) -> Iterator[str]:
    match found:
        case dict():
            for one in found.values():
                yield from _texts(one)
        case list():
            for one in found:
                yield from _texts(one)
        case str():
            yield found


def test_no_id_and_no_cursor_that_a_visitor_sees_holds_a_number(server: Server, visitor: Browser) -> None:
    texts = list(_texts(visitor_asks(server, visitor, NUMBERED).json["data"]))

    plain = [urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in texts]
    assert len(texts) > 10
    assert [one for one in plain if one.isascii()] == []


def test_they_stay_the_same(server: Server, visitor: Browser) -> None:
    assert visitor_asks(server, visitor, NUMBERED).json == visitor_asks(server, visitor, NUMBERED).json


def test_they_lead_from_page_to_page(server: Server, visitor: Browser) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = visitor_asks(server, visitor, NUMBERED, after=after).json["data"]["me"]["events"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert seen == [one["id"] for one in own_view(server, visitor)["events"]["nodes"]]


def test_a_server_finds_the_event_that_a_visitor_names(server: Server, visitor: Browser) -> None:
    shown = own_view(server, visitor)["events"]["nodes"][0]
    asker = Asker(server.address, f"Bearer {SECRET_KEY}")

    node = asker.ask("query ($id: ID!) { node(id: $id) { id ... on Event { type } } }", id=shown["id"])["node"]

    assert node["type"] == shown["type"]
    assert node["id"] != shown["id"]


@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize("cursor", ["WzEsIDFd", "MQ", "", "é", "A" * 5_000])
def test_a_cursor_that_was_not_shown_leads_nowhere(server: Server, visitor: Browser, side: str, cursor: str) -> None:
    answer = visitor_asks(server, visitor, EVENTS, **{side: cursor}).json

    assert answer["errors"][0]["extensions"]["code"] == "INVALID_VALUE"


def test_the_cursor_of_another_visitor_shows_nothing_of_his(server: Server, visitor: Browser) -> None:
    who = victim(server)
    theirs = visitor_asks(server, who.browser, NUMBERED).json["data"]["me"]["events"]["pageInfo"]["endCursor"]

    answer = visitor_asks(server, visitor, NUMBERED, after=theirs)

    assert who.word not in answer.body.decode()
