"""What a server reads: profiles by any identity, audiences, why someone is a member, and pages of them all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.asking import Asker, Device


@pytest.fixture(scope="module")
def reader(address: str) -> Device:
    """Give a device that has read two pages and left an e-mail."""
    device = Device(address)
    device.views("https://shop.example/bikes", topics=["cycling"])
    device.tracks("Add to cart", sku="b-1")
    device.identifies(email="Reader@Example.org", plan="gold")
    return device


def profile(server_key: Asker, selection: str, email: str = "reader@example.org") -> Any:
    query = f"query ($email: String!) {{ profile(by: {{email: $email}}) {{ {selection} }} }}"
    return server_key.ask(query, email=email)["profile"]


def test_a_profile_is_found_by_any_of_its_identities(reader: Device, server_key: Asker) -> None:
    by_email = profile(server_key, "id", " READER@example.org ")
    query = """query ($a: String!, $id: ID!) {
      anonymous: profile(by: {anonymousId: $a}) { id }
      other: profile(by: {identity: {namespace: "email", value: "reader@example.org"}}) { id }
      global: profile(by: {id: $id}) { id }
      node(id: $id) { id __typename }
      nobody: profile(by: {email: "nobody@example.org"}) { id }
    }"""

    found = server_key.ask(query, a=reader.anonymous_id, id=by_email["id"])

    assert found["anonymous"] == found["other"] == found["global"] == by_email
    assert found["node"] == {**by_email, "__typename": "Profile"}
    assert found["nobody"] is None


@pytest.mark.parametrize("by", ["{}", '{email: "a@b.example", anonymousId: "x"}', "{email: null}"])
def test_a_look_up_takes_exactly_one_identity(by: str, server_key: Asker) -> None:
    assert server_key.codes(f"{{ profile(by: {by}) {{ id }} }}") == {"GRAPHQL_VALIDATION_FAILED"}


def test_a_profile_tells_all_that_is_known(reader: Device, server_key: Asker) -> None:
    found = profile(
        server_key,
        """known email firstSeenAt lastSeenAt mergedFrom attributes(keys: ["plan", "nothing"])
           identities { namespace value trust } affinities { topic strength }
           score(name: MOMENTUM) scores { name value }""",
    )

    assert (found["known"], found["email"], found["attributes"]) == (True, "reader@example.org", {"plan": "gold"})
    assert {"namespace": "email", "value": "reader@example.org", "trust": "CLAIMED"} in found["identities"]
    assert {"name": "MOMENTUM", "value": found["score"]} in found["scores"]
    assert [affinity["topic"] for affinity in found["affinities"]] == ["cycling"]
    assert found["firstSeenAt"] <= found["lastSeenAt"]


def test_events_come_newest_first_and_by_type(reader: Device, server_key: Asker) -> None:
    selection = "nodes { id type url properties occurredAt receivedAt }"
    found = profile(server_key, f'events {{ {selection} }} some: events(types: ["Add to cart"]) {{ {selection} }}')

    assert [event["type"] for event in found["events"]["nodes"]] == ["identify", "Add to cart", "page"]
    assert [event["properties"]["sku"] for event in found["some"]["nodes"]] == ["b-1"]
    assert found["events"]["nodes"][2]["url"] == "https://shop.example/bikes"
    event = found["some"]["nodes"][0]
    assert server_key.ask("query ($id: ID!) { node(id: $id) { ... on Event { id type } } }", id=event["id"]) == {
        "node": {"id": event["id"], "type": "Add to cart"}
    }


def test_memberships_say_since_when_and_their_history_why(reader: Device, server_key: Asker) -> None:
    found = profile(
        server_key,
        """audienceSlugs isIn(audience: "known_users") anonymous: isIn(audience: "anonymous_users")
           audiences(first: 100) { totalCount edges { since node { slug } } }
           membershipHistory(first: 100) {
             nodes { transition cause occurredAt audience { slug } event { type } profile { email } } }""",
    )

    slugs = [edge["node"]["slug"] for edge in found["audiences"]["edges"]]
    assert sorted(slugs) == found["audienceSlugs"]
    assert found["audiences"]["totalCount"] == len(slugs)
    assert (found["isIn"], found["anonymous"]) == (True, False)
    left = next(c for c in found["membershipHistory"]["nodes"] if c["transition"] == "EXITED")
    assert (left["audience"]["slug"], left["cause"], left["event"]) == (
        "anonymous_users",
        "EVENT",
        {"type": "identify"},
    )
    assert left["profile"] == {"email": "reader@example.org"}


def test_an_unknown_audience_is_an_error_for_a_server(reader: Device, server_key: Asker) -> None:
    query = '{ profile(by: {email: "reader@example.org"}) { isIn(audience: "known_user") } }'

    assert server_key.codes(query) == {"NOT_FOUND"}


def test_an_explanation_says_why(reader: Device, server_key: Asker) -> None:
    selection = (
        "matched summary evaluatedAt nextChangeAt audience { slug } steps { depth label expected actual matched }"
    )
    found = profile(
        server_key,
        f"""yes: membershipExplanation(audience: {{slug: "known_users"}}) {{ {selection} }}
            no: membershipExplanation(audience: {{slug: "anonymous_users"}}) {{ {selection} }}
            none: membershipExplanation(audience: {{slug: "nosuch"}}) {{ {selection} }}""",
    )

    assert (found["yes"]["matched"], found["no"]["matched"], found["none"]) == (True, False, None)
    assert found["yes"]["steps"][0]["matched"] is True
    assert found["yes"]["audience"]["slug"] == "known_users"


def test_an_audience_tells_its_rules_in_every_form(server_key: Asker) -> None:
    query = """{ audience(by: {slug: "known_users"}) {
      id name size state version personalizable definition { text summary tree dependsOn { slug } } } }"""

    found = server_key.ask(query)["audience"]

    assert found["definition"]["text"] == "EXISTS email"
    assert found["definition"]["tree"] == {"op": "exists", "args": [{"field": "email"}]}
    assert found["definition"]["summary"].startswith("People ")
    assert found["state"] == "ACTIVE"


def test_members_are_the_profiles_that_list_the_audience(reader: Device, server_key: Asker) -> None:
    query = """{ audience(by: {slug: "known_users"}) { size
      members(first: 100) { totalCount edges { since node { email audienceSlugs } } }
      changes(first: 100) { nodes { transition profile { email } } } } }"""

    found = server_key.ask(query)["audience"]

    emails = [edge["node"]["email"] for edge in found["members"]["edges"]]
    assert "reader@example.org" in emails
    assert found["size"] == found["members"]["totalCount"] == len(emails)
    assert all("known_users" in edge["node"]["audienceSlugs"] for edge in found["members"]["edges"])
    assert {"transition": "ENTERED", "profile": {"email": "reader@example.org"}} in found["changes"]["nodes"]


@pytest.mark.parametrize("order", ["CREATED_AT", "NAME", "SIZE", "UPDATED_AT"])
def test_audiences_page_through_in_either_order(order: str, server_key: Asker) -> None:
    query = """query ($o: AudienceOrderInput!, $after: String) {
      audiences(orderBy: $o, first: 7, after: $after) {
        totalCount nodes { slug } pageInfo { hasNextPage endCursor } } }"""

    def walk(direction: str) -> list[str]:
        slugs: list[str] = []
        after = None
        while True:
            page = server_key.ask(query, o={"field": order, "direction": direction}, after=after)["audiences"]
            slugs += [node["slug"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                assert len(slugs) == page["totalCount"]
                return slugs
            after = page["pageInfo"]["endCursor"]

    assert walk("ASC") == walk("DESC")[::-1]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"query": "nown us"}, {"known_users"}),
        ({"query": "no audience is called this"}, set()),
        ({"states": ["PAUSED"]}, set()),
        ({"tags": ["no audience has this"]}, set()),
    ],
)
def test_audiences_are_filtered(filter: dict[str, Any], expected: set[str], server_key: Asker) -> None:
    found = server_key.ask("query ($f: AudienceFilterInput!) { audiences(filter: $f) { nodes { slug } } }", f=filter)

    assert {node["slug"] for node in found["audiences"]["nodes"]} == expected


def test_profiles_are_filtered_and_ordered(reader: Device, server_key: Asker) -> None:
    query = """query ($f: ProfileFilterInput, $o: ProfileOrderInput) {
      profiles(filter: $f, orderBy: $o) { totalCount nodes { email known lastSeenAt firstSeenAt } } }"""

    def ask(**variables: Any) -> Any:
        return server_key.ask(query, **variables)["profiles"]

    assert [found["email"] for found in ask(f={"query": "reader@"})["nodes"]] == ["reader@example.org"]
    assert ask(f={"query": "nobody@"}) == {"totalCount": 0, "nodes": []}
    assert ask(f={"known": True})["totalCount"] + ask(f={"known": False})["totalCount"] == ask()["totalCount"]
    times = [found["firstSeenAt"] for found in ask(o={"field": "FIRST_SEEN_AT", "direction": "ASC"})["nodes"]]
    assert times == sorted(times)


def test_a_page_is_never_larger_than_100(server_key: Asker) -> None:
    assert server_key.codes("{ profiles(first: 101) { totalCount } }") == {"INVALID_VALUE"}


def test_a_preview_counts_or_tells_what_is_wrong(reader: Device, server_key: Asker) -> None:
    query = """query ($d: AudienceDefinitionInput!) { audiencePreview(definition: $d, sample: 5) {
      size totalProfiles sample { email } definition { text }
      errors { code message line column pointer suggestions } } }"""

    right = server_key.ask(query, d={"text": 'email = "reader@example.org"'})["audiencePreview"]
    wrong = server_key.ask(query, d={"text": "EXISTS emial"})["audiencePreview"]
    tree = {"op": "and", "args": [{"op": "exists", "args": [{"field": "emial"}]}]}
    wrong_tree = server_key.ask(query, d={"tree": tree})["audiencePreview"]

    assert (right["size"], right["sample"], right["errors"]) == (1, [{"email": "reader@example.org"}], [])
    assert (wrong["size"], wrong["errors"][0]["line"], wrong["errors"][0]["column"]) == (None, 1, 8)
    assert wrong["errors"][0]["suggestions"] == ["email"]
    assert wrong["totalProfiles"] == right["totalProfiles"] > 0
    assert wrong_tree["errors"][0]["pointer"].startswith("/args/0")


def test_a_preview_tells_the_size_of_each_rule_and_who_would_enter_or_leave(reader: Device, server_key: Asker) -> None:
    query = """query ($d: AudienceDefinitionInput!, $a: AudienceByInput) {
      audiencePreview(definition: $d, insteadOf: $a) { totalProfiles steps { pointer size } entering leaving } }"""
    rules = {"text": 'NOT AND (EXISTS email, email = "nobody@example.org")'}

    alone = server_key.ask(query, d=rules)["audiencePreview"]
    instead = server_key.ask(query, d=rules, a={"slug": "known_users"})["audiencePreview"]

    known = server_key.ask('{ audience(by: {slug: "known_users"}) { size } }')["audience"]["size"]
    total = alone["totalProfiles"]
    sizes = {"": total, "/args/0": 0, "/args/0/args/0": known, "/args/0/args/1": 0}
    assert alone["steps"] == [{"pointer": pointer, "size": size} for pointer, size in sizes.items()]
    assert (alone["entering"], alone["leaving"]) == (None, None)
    assert (instead["entering"], instead["leaving"]) == (total - known, 0)
    assert server_key.codes(query, d=rules, a={"slug": "nope"}) == {"NOT_FOUND"}


def test_attributes_come_with_their_operators_and_commonest_values(reader: Device, server_key: Asker) -> None:
    query = '{ attributeDefinitions(query: "plan") { key label type operators count topValues { value count } } }'

    found = {attribute["key"]: attribute for attribute in server_key.ask(query)["attributeDefinitions"]}

    assert (found["plan"]["type"], found["plan"]["count"] > 0) == ("STRING", True)
    assert "CONTAINS" in found["plan"]["operators"]
    assert "gold" in {counted["value"] for counted in found["plan"]["topValues"]}


def test_an_attribute_tells_its_conflicts_and_what_is_built_in_tells_its_meaning(
    reader: Device, server_key: Asker
) -> None:
    query = "query ($of: String) { attributeDefinitions(query: $of) { key type description declared %s } }"
    for seats in (5, "many", 6):
        Device(reader.address).identifies(seats=seats)

    (seats,) = server_key.ask(query % "count typesSeen { type count }", of="seats")["attributeDefinitions"]
    (visits,) = server_key.ask(query % "aliases typesSeen { type }", of="visitct")["attributeDefinitions"]

    assert seats == {
        **{"key": "seats", "type": "STRING", "description": None, "declared": False, "count": 3},
        "typesSeen": [{"type": "STRING", "count": 1}, {"type": "NUMBER", "count": 2}],
    }
    assert (visits["key"], visits["aliases"], visits["typesSeen"]) == ("visit_count", ["visitct"], [])
    assert visits["description"].startswith("How often they came")


def test_events_come_with_their_properties_and_the_commonest_values_of_these(reader: Device, server_key: Asker) -> None:
    query = """{ eventDefinitions(query: "ADD TO") { type count
      properties { key label type operators count topValues(prefix: "b") { value count } } } }"""

    (found,) = server_key.ask(query)["eventDefinitions"]

    assert (found["type"], found["count"]) == ("Add to cart", 1)
    sku = {"key": "sku", "label": "Sku", "type": "STRING", "count": 1, "topValues": [{"value": "b-1", "count": 1}]}
    properties = {one["key"]: one for one in found["properties"]}
    assert sku.items() <= properties["sku"].items()
    assert ">=" in properties["local_hour"]["operators"]
