"""What secret keys with some scopes may ask: each field asks for its own, however it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLObjectType

from engine.domain.keys import Scope
from graphql_api.node import global_id
from graphql_api.schema import build_schema
from graphql_api.scopes import NEEDS
from tests.graphql.asking import Asker, Device
from tests.keys import make_secrets
from tests.server import Server

ADA = 'by: {email: "ada@example.org"}'
NOBODY = '{email: "nobody@example.org"}'

READS: Mapping[str, set[Scope]] = {
    "{ me { id } }": set(Scope),
    "{ __schema { queryType { name } } }": set(Scope),
    f"{{ profile({ADA}) {{ id known }} }}": {Scope.PROFILES_READ},
    "{ profiles { totalCount } }": {Scope.PROFILES_READ},
    f"{{ profile({ADA}) {{ audiences {{ nodes {{ slug name }} }} audienceSlugs }} }}": {Scope.PROFILES_READ},
    f"{{ profile({ADA}) {{ events {{ nodes {{ url }} }} }} }}": {Scope.PROFILES_READ},
    '{ audience(by: {slug: "all"}) { name size definition { text } } }': {Scope.AUDIENCES_READ},
    "{ audiences { totalCount } }": {Scope.AUDIENCES_READ},
    "{ attributeDefinitions { key count } }": {Scope.AUDIENCES_READ},
    "{ eventDefinitions { type count } }": {Scope.AUDIENCES_READ},
    '{ audience(by: {slug: "all"}) { changes { nodes { transition cause audience { slug } } } } }': {
        Scope.AUDIENCES_READ
    },
    '{ audiencePreview(definition: {text: "*"}) { size } }': {Scope.AUDIENCES_WRITE},
}
WRITES: Mapping[str, set[Scope]] = {
    'mutation { deleteAudience(id: "x") { userErrors { code } } }': {Scope.AUDIENCES_WRITE},
    'mutation { duplicateAudience(id: "x") { audience { slug size } userErrors { code } } }': {Scope.AUDIENCES_WRITE},
    'mutation { restoreAudienceVersion(id: "x", version: 1) { userErrors { code } } }': {Scope.AUDIENCES_WRITE},
    f"mutation {{ mergeProfiles(into: {NOBODY}, from: {NOBODY}) {{ userErrors {{ code }} }} }}": {Scope.PROFILES_WRITE},
    'mutation { unlinkIdentity(identity: {namespace: "email", value: "x@example.org"}) { userErrors { code } } }': {
        Scope.PROFILES_WRITE
    },
    f"mutation {{ eraseProfile(by: {NOBODY}) {{ userErrors {{ code }} }} }}": {Scope.PROFILES_ERASE},
    'mutation { updateAudience(id: "x", input: {}) { userErrors { code } } }': {Scope.AUDIENCES_WRITE},
}
ALLOWED = {**READS, **WRITES}


@pytest.fixture(scope="module")
def keys(server: Server, address: str) -> Mapping[Scope, Asker]:
    """Give a key for each scope, which has no other; Ada is known here."""
    device = Device(address)
    device.views("https://shop.example/secret-illness")
    device.identifies(email="ada@example.org", plan="gold")
    tokens = make_secrets(server, *([scope] for scope in Scope))
    return {scope: Asker(address, f"Bearer {token}") for scope, token in zip(Scope, tokens, strict=True)}


@pytest.mark.parametrize("query", ALLOWED)
@pytest.mark.parametrize("scope", Scope)
def test_a_key_may_ask_what_its_scope_says_and_nothing_else(
    keys: Mapping[Scope, Asker], scope: Scope, query: str
) -> None:
    answer = keys[scope].answer(query)

    if scope in ALLOWED[query]:
        assert "errors" not in answer, answer
    else:
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
        assert f"`{next(iter(ALLOWED[query]))}`" in answer["errors"][0]["message"]


BEYOND_AUDIENCES = {
    "members": '{ audience(by: {slug: "all"}) { members { totalCount } } }',
    "members by alias": '{ a: audience(by: {slug: "all"}) { m: members { edges { cursor } } } }',
    "members by fragment": '{ audience(by: {slug: "all"}) { ...F } } fragment F on Audience { members { totalCount } }',
    "members of a list": "{ audiences { nodes { ... { members { nodes { email } } } } } }",
    "who changed": '{ audience(by: {slug: "all"}) { changes { nodes { profile { email } } } } }',
    "what made it change": '{ audience(by: {slug: "all"}) { changes { nodes { event { url } } } } }',
    "commonest values": "{ attributeDefinitions { topValues { value } } }",
    "a profile by its ID": f'{{ node(id: "{global_id("Profile", 1)}") {{ __typename }} }}',
    "profiles by their IDs": f'{{ nodes(ids: ["{global_id("Profile", 1)}"]) {{ id }} }}',
    "no profile by its ID": f'{{ node(id: "{global_id("Profile", 10**9)}") {{ __typename }} }}',
    "an event by its ID": f'{{ node(id: "{global_id("Event", 1)}") {{ ... on Event {{ url }} }} }}',
    "a device by its ID": f'{{ node(id: "{global_id("Visitor", "x")}") {{ id }} }}',
    "why": f'{{ profile({ADA}) {{ membershipExplanation(audience: {{slug: "all"}}) {{ summary }} }} }}',
}


@pytest.mark.parametrize("query", BEYOND_AUDIENCES.values(), ids=BEYOND_AUDIENCES)
def test_a_key_for_audiences_reads_no_profile_on_any_way(keys: Mapping[Scope, Asker], query: str) -> None:
    answer = keys[Scope.AUDIENCES_READ].answer(query)

    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert "illness" not in str(answer)
    assert "ada@" not in str(answer)


def test_a_preview_shows_people_only_to_who_may_read_them(keys: Mapping[Scope, Asker]) -> None:
    query = '{ audiencePreview(definition: {text: "EXISTS email"}) { size sample { email } } }'

    answer = keys[Scope.AUDIENCES_WRITE].answer(query)

    assert answer["data"]["audiencePreview"]["sample"] is None
    assert answer["errors"][0]["message"].startswith("`AudiencePreview.sample` needs `profiles:read`")


def test_a_key_for_profiles_reads_of_audiences_only_what_they_are_called(keys: Mapping[Scope, Asker]) -> None:
    of_ada = "{ profile(%s) { audiences { nodes { slug %s } } } }"
    key = keys[Scope.PROFILES_READ]

    assert "errors" not in key.answer(of_ada % (ADA, "name personalizable"))
    for field in ("size", "definition { text }", "usedBy { slug }", "versions { version }", "state"):
        assert key.codes(of_ada % (ADA, field)) == {"FORBIDDEN"}


def test_of_several_operations_the_one_that_is_chosen_counts(keys: Mapping[Scope, Asker]) -> None:
    query = "query A { audiences { totalCount } } query B { profiles { totalCount } }"

    mine, others = (keys[Scope.AUDIENCES_READ].answer(query, one) for one in "AB")

    assert mine["data"]["audiences"]["totalCount"] > 0
    assert others["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_who_writes_an_audience_reads_what_became_of_it(keys: Mapping[Scope, Asker]) -> None:
    create = """mutation ($in: CreateAudienceInput!) { createAudience(input: $in) {
      audience { slug size definition { text } } userErrors { code } } }"""
    written: Any = {"name": "Scoped", "definition": {"text": "*"}}

    made = keys[Scope.AUDIENCES_WRITE].answer(create, **{"in": written})

    assert made["data"]["createAudience"]["audience"]["slug"] == "scoped"
    assert keys[Scope.AUDIENCES_READ].codes(create, **{"in": written}) == {"FORBIDDEN"}
    assert keys[Scope.AUDIENCES_READ].ask('{ audience(by: {slug: "scoped"}) { slug } }')["audience"]


def test_scopes_add_up(server: Server, address: str, keys: Mapping[Scope, Asker]) -> None:
    (token,) = make_secrets(server, [Scope.AUDIENCES_READ, Scope.PROFILES_READ])
    query = '{ audience(by: {slug: "known_users"}) { size members { nodes { email } } } }'

    assert "ada@example.org" in str(Asker(address, f"Bearer {token}").ask(query))


def test_every_field_has_its_line_in_the_table_of_needs() -> None:
    types = build_schema()._schema.type_map.items()
    objects = {name: type for name, type in types if isinstance(type, GraphQLObjectType) and not name.startswith("__")}
    served = {f"{name}.{field}" for name, type in objects.items() for field in type.fields}
    named = {f"{name}.{field}" for name, fields in NEEDS.items() for field in fields}

    assert served == named
