"""What a page may read: its own visitor, as that device alone knows it, and nothing that leads to others."""

from __future__ import annotations

import pytest

from tests.graphql.asking import Asker, Device

ME = "{ me { id known email audienceSlugs } }"


def test_me_is_null_without_proof(address: str) -> None:
    assert Asker(address).ask(ME) == {"me": None}


def test_me_is_null_for_a_visitor_never_seen(address: str) -> None:
    assert Device(address).asker.ask(ME) == {"me": None}


def test_me_becomes_known_with_an_email(address: str) -> None:
    device = Device(address)
    device.views()
    before = device.asker.ask(ME)["me"]

    device.identifies(email="ada@example.org")

    after = device.asker.ask(ME)["me"]
    assert (before["known"], after["known"], after["email"]) == (False, True, "ada@example.org")
    assert "anonymous_users" in before["audienceSlugs"]
    assert "known_users" in after["audienceSlugs"]


def test_the_id_of_a_device_stays_when_it_is_joined_to_a_profile(address: str) -> None:
    device = Device(address)
    device.views()
    before = device.asker.ask(ME)["me"]["id"]

    device.identifies(email="bea@example.org")

    assert device.asker.ask(ME)["me"]["id"] == before


def test_a_server_finds_the_device_by_the_id_it_knows_itself_by(address: str, server_key: Asker) -> None:
    device = Device(address)
    device.identifies(email="cora@example.org")
    mine = device.asker.ask(ME)["me"]

    node = server_key.ask("query ($id: ID!) { node(id: $id) { id ... on Profile { email } } }", id=mine["id"])["node"]

    assert node == {"id": mine["id"], "email": "cora@example.org"}


def test_a_device_that_only_claims_an_email_learns_nothing_of_its_owner(address: str) -> None:
    owner, claimant = Device(address), Device(address)
    owner.views("https://shop.example/secret-illness")
    owner.identifies(email="dora@example.org", user_id="d-7", plan="gold")

    claimant.identifies(email="dora@example.org")

    seen = claimant.asker.answer(
        "{ me { id identities { value } attributes scores { value } events { nodes { url properties } } } }"
    )
    assert seen["data"]["me"]["scores"] == []
    for secret in ("illness", "gold", "d-7", owner.anonymous_id):
        assert secret not in str(seen)


def test_traits_stay_with_servers(address: str, server_key: Asker) -> None:
    device = Device(address)
    device.views()
    device.identifies(email="eva@example.org", plan="gold")
    attributes = 'attributes plan: attribute(key: "plan") views: attribute(key: "page_view_count")'

    mine = device.asker.ask(f"{{ me {{ {attributes} }} }}")["me"]
    whole = server_key.ask(f'{{ profile(by: {{email: "eva@example.org"}}) {{ {attributes} }} }}')["profile"]

    assert (mine["plan"], mine["views"]) == (None, 1)
    assert "plan" not in mine["attributes"]
    assert (whole["plan"], whole["attributes"]["plan"]) == ("gold", "gold")


def test_only_personalizable_audiences_are_shown(address: str, server_key: Asker) -> None:
    device = Device(address)
    device.views()
    create = "mutation ($in: CreateAudienceInput!) { createAudience(input: $in) { userErrors { message } } }"
    server_key.ask(create, **{"in": {"name": "Quiet judgement", "definition": {"text": "*"}}})
    query = """{ me { audienceSlugs isIn(audience: "quiet_judgement") nosuch: isIn(audience: "nosuch")
                      audiences(first: 100) { nodes { slug personalizable } }
                      membershipHistory(first: 100) { nodes { audience { slug } } } } }"""

    answer = device.asker.ask(query)["me"]

    assert answer["isIn"] is False
    assert answer["nosuch"] is False
    assert "quiet_judgement" not in str(answer)
    assert all(audience["personalizable"] for audience in answer["audiences"]["nodes"])


REFUSED = [
    '{ profile(by: {email: "x@example.org"}) { id } }',
    "{ profiles { totalCount } }",
    '{ audience(by: {slug: "known_users"}) { name } }',
    "{ audiences { totalCount } }",
    '{ node(id: "UHJvZmlsZTox") { id } }',
    '{ nodes(ids: ["UHJvZmlsZTox"]) { id } }',
    '{ audiencePreview(definition: {text: "*"}) { size } }',
    "{ attributeDefinitions { key } }",
    "{ eventDefinitions { type } }",
    'mutation { deleteAudience(id: "QXVkaWVuY2U6MQ") { deletedAudienceId } }',
    *(
        f"{{ me {{ audiences {{ nodes {{ {field} }} }} }} }}"
        for field in (
            "size",
            "definition { text }",
            "usedBy { slug }",
            "versions { version }",
            "members { totalCount }",
            "changes { nodes { id } }",
            "state",
            "description",
        )
    ),
    '{ me { membershipExplanation(audience: {slug: "known_users"}) { summary } } }',
    "{ me { mergedFrom } }",
    "{ alias: profiles { totalCount } }",
    "{ ...F } fragment F on Query { ... { profiles { totalCount } } }",
]


@pytest.mark.parametrize("query", REFUSED)
def test_everything_else_needs_a_secret_key(query: str, visitor: Device) -> None:
    assert visitor.asker.codes(query) == {"UNAUTHORIZED"}


def test_the_operation_that_is_chosen_counts(visitor: Device) -> None:
    query = "query A { me { id } } query B { profiles { totalCount } }"

    mine, others = visitor.asker.answer(query, "A"), visitor.asker.answer(query, "B")

    assert mine["data"]["me"]["id"]
    assert others["errors"][0]["extensions"]["code"] == "UNAUTHORIZED"
