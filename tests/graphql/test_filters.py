"""Every filter filters: what fits stays, what does not goes, and an empty one does what the manual says."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from graphql_api.schema import build_schema
from tests.graphql.asking import Asker, Device

SLUGS = "query ($v: AudienceFilterInput) { audiences(filter: $v, first: 100) { nodes { slug } } }"
EMAILS = "query ($v: ProfileFilterInput) { profiles(filter: $v) { nodes { email } } }"
TYPES = """query ($v: [String!]) {
  profile(by: {email: "filtered@example.org"}) { events(types: $v) { nodes { type } } } }"""
KEYS = "query ($v: String) { attributeDefinitions(query: $v) { key } }"
EVENTS = "query ($v: String) { eventDefinitions(query: $v) { type } }"
HELD = """query ($v: [String!]) { profile(by: {email: "filtered@example.org"}) { attributes(keys: $v) } }"""
TOP = """query ($v: String) { attributeDefinitions(query: "plan") { topValues(prefix: $v) { value } } }"""
MADE = (
    """mutation ($v: CreateAudienceInput!) { createAudience(input: $v) { audience { id } userErrors { message } } }"""
)


@pytest.fixture(scope="module", autouse=True)
def some(address: str, server_key: Asker) -> None:
    """Make a known and an anonymous profile, and an audience with two tags."""
    Device(address).views()
    known = Device(address)
    known.identifies(email="filtered@example.org", plan="gold")
    known.tracks("Order Completed", total=5)
    draft = {"name": "Tagged", "definition": {"text": "EXISTS email"}, "tags": ["red", "blue"]}
    assert server_key.ask(MADE, v=draft)["createAudience"]["userErrors"] == []


TABLE: list[tuple[str, str, Any, Any, Any, bool]] = [
    # filter, query, what finds it, what does not, an empty one, whether that finds it
    ("ProfileFilterInput.known", EMAILS, {"known": True}, {"known": False}, {"known": None}, True),
    ("ProfileFilterInput.query", EMAILS, {"query": "FILTERED@"}, {"query": "nobody@"}, {"query": ""}, True),
    ("AudienceFilterInput.query", SLUGS, {"query": "agge"}, {"query": "nosuch"}, {"query": ""}, True),
    ("AudienceFilterInput.tags", SLUGS, {"tags": ["blue"]}, {"tags": ["blue", "green"]}, {"tags": []}, True),
    ("AudienceFilterInput.states", SLUGS, {"states": ["ACTIVE"]}, {"states": ["PAUSED"]}, {"states": []}, True),
    ("Profile.events(types:)", TYPES, ["Order Completed"], ["page"], [], False),
    ("Profile.attributes(keys:)", HELD, ["plan"], ["nosuch"], [], False),
    ("Query.attributeDefinitions(query:)", KEYS, "plan", "nosuch", "", True),
    ("Query.eventDefinitions(query:)", EVENTS, "order", "nosuch", "", True),
    ("AttributeDefinition.topValues(prefix:)", TOP, "go", "si", "", True),
]
FOUND = {
    EMAILS: "filtered@",
    SLUGS: "tagged",
    TYPES: "Order Completed",
    HELD: "gold",
    KEYS: "plan",
    EVENTS: "Order",
    TOP: "gold",
}


@pytest.mark.parametrize(
    ("query", "fits", "fails", "empty", "empty_finds"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_filter_filters(query: str, fits: Any, fails: Any, empty: Any, empty_finds: bool, server_key: Asker) -> None:
    found = [FOUND[query] in str(server_key.ask(query, v=given)) for given in (fits, fails, empty, None)]

    assert found == [True, False, empty_finds, True]


def test_several_filters_all_hold(server_key: Asker) -> None:
    asked = [{"query": "tagged", "tags": ["red"]}, {"query": "tagged", "tags": ["green"]}]

    assert [len(server_key.ask(SLUGS, v=one)["audiences"]["nodes"]) for one in asked] == [1, 0]


def test_every_filter_stands_in_the_table() -> None:
    types = [type for name, type in build_schema()._schema.type_map.items() if name.endswith("FilterInput")]
    filters = {
        f"{type.name}.{name}" for type in types if isinstance(type, GraphQLInputObjectType) for name in type.fields
    }

    assert filters <= {row[0] for row in TABLE}
