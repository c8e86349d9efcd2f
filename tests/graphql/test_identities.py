"""Servers say who is who: they join two profiles, take an identity back, and erase a person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.asking import Asker, Device

FAILURE = "userErrors { code message path }"
MERGE = f"""mutation ($into: ProfileByInput!, $from: ProfileByInput!, $echo: String) {{
  mergeProfiles(into: $into, from: $from, clientMutationId: $echo) {{
    clientMutationId profile {{ id email mergedFrom identities {{ value }} }} {FAILURE} }} }}"""
UNLINK = f"""mutation ($namespace: String!, $value: String!, $echo: String) {{
  unlinkIdentity(identity: {{namespace: $namespace, value: $value}}, clientMutationId: $echo) {{
    clientMutationId profiles {{ id known identities {{ value }} }} {FAILURE} }} }}"""
ERASE = f"""mutation ($by: ProfileByInput!) {{
  eraseProfile(by: $by) {{ erasedProfileId eventsErased {FAILURE} }} }}"""
PROFILE = """query ($by: ProfileByInput!) { profile(by: $by) { id
  membershipHistory(first: 100) { nodes { cause transition audience { slug } } } } }"""


def person(address: str, email: str) -> Device:
    """Give a device whose person has told an address."""
    device = Device(address)
    device.views()
    device.identifies(email=email)
    return device


def id_of(server_key: Asker, **by: str) -> str:
    return str(server_key.ask(PROFILE, by=by)["profile"]["id"])


def values(profile: Any) -> set[str]:
    return {identity["value"] for identity in profile["identities"]}


def test_a_server_joins_two_known_people(address: str, server_key: Asker) -> None:
    one, other = person(address, "one@merge.example"), person(address, "other@merge.example")
    went = id_of(server_key, email="other@merge.example")

    answer = server_key.ask(
        MERGE, **{"into": {"email": "one@merge.example"}, "from": {"email": "other@merge.example"}, "echo": "m1"}
    )["mergeProfiles"]

    assert (answer["userErrors"], answer["clientMutationId"]) == ([], "m1")
    assert answer["profile"]["mergedFrom"] == [went]
    assert values(answer["profile"]) == {
        *("one@merge.example", "other@merge.example", one.anonymous_id, other.anonymous_id)
    }
    assert id_of(server_key, id=went) == answer["profile"]["id"]


def test_a_device_may_be_named_by_its_own_id(address: str, server_key: Asker) -> None:
    person(address, "named@merge.example")
    device = Device(address)
    device.views()
    mine = device.asker.ask("{ me { id } }")["me"]["id"]

    answer = server_key.ask(MERGE, **{"into": {"email": "named@merge.example"}, "from": {"id": mine}})["mergeProfiles"]

    assert device.anonymous_id in values(answer["profile"])


def test_taking_back_what_was_joined_gives_both_sides_again(address: str, server_key: Asker) -> None:
    kept, gone = person(address, "kept@unlink.example"), person(address, "gone@unlink.example")
    before = id_of(server_key, email="kept@unlink.example")
    server_key.ask(MERGE, **{"into": {"email": "kept@unlink.example"}, "from": {"email": "gone@unlink.example"}})

    answer = server_key.ask(UNLINK, namespace="email", value="Gone@Unlink.example ", echo="u1")["unlinkIdentity"]

    assert (answer["userErrors"], answer["clientMutationId"]) == ([], "u1")
    assert answer["profiles"][0]["id"] == before
    assert [values(profile) for profile in answer["profiles"]] == [
        {"kept@unlink.example", kept.anonymous_id},
        {"gone@unlink.example", gone.anonymous_id},
    ]


def test_a_device_taken_back_is_anonymous_again_and_history_says_why(address: str, server_key: Asker) -> None:
    person(address, "shared@unlink.example")
    stranger = person(address, "shared@unlink.example")

    answer = server_key.ask(UNLINK, namespace="anonymous_id", value=stranger.anonymous_id)["unlinkIdentity"]

    assert [profile["known"] for profile in answer["profiles"]] == [True, False]
    alone = server_key.ask(PROFILE, by={"anonymousId": stranger.anonymous_id})["profile"]
    latest = [(one["cause"], one["transition"], one["audience"]["slug"]) for one in alone["membershipHistory"]["nodes"]]
    assert alone["id"] == answer["profiles"][1]["id"]
    assert {("UNLINK", "ENTERED", "anonymous_users"), ("UNLINK", "EXITED", "known_users")} == set(latest[:2])


def test_one_request_shows_each_step_as_it_left_things(address: str, server_key: Asker) -> None:
    person(address, "first@steps.example")
    person(address, "second@steps.example")
    query = """mutation {
      a: mergeProfiles(into: {email: "first@steps.example"}, from: {email: "second@steps.example"}) {
        profile { membershipHistory(first: 1) { nodes { profile { identities { value } } } } } }
      b: unlinkIdentity(identity: {namespace: "email", value: "second@steps.example"}) {
        profiles { membershipHistory(first: 1) { nodes { profile { identities { value } } } } } } }"""

    done = server_key.ask(query)

    seen = [values(one["membershipHistory"]["nodes"][0]["profile"]) for one in done["b"]["profiles"]]
    assert ["first@steps.example" in one for one in seen] == [True, False]
    assert ["second@steps.example" in one for one in seen] == [False, True]


def test_an_erased_person_is_gone(address: str, server_key: Asker) -> None:
    device = person(address, "gone@erase.example")
    id = id_of(server_key, email="gone@erase.example")

    answer = server_key.ask(ERASE, by={"id": id})["eraseProfile"]

    assert answer == {"erasedProfileId": id, "eventsErased": 2, "userErrors": []}
    for by in ({"id": id}, {"email": "gone@erase.example"}, {"anonymousId": device.anonymous_id}):
        assert server_key.ask(PROFILE, by=by) == {"profile": None}
    assert server_key.ask("query ($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


NOBODY = [{"email": "nobody@nowhere.example"}, {"id": "nonsense"}, {"id": "QXVkaWVuY2U6MQ"}, {"anonymousId": "nobody"}]


@pytest.mark.parametrize("nobody", NOBODY)
def test_nobody_is_told_with_the_argument_that_names_him(
    address: str, server_key: Asker, visitor: Device, nobody: dict[str, str]
) -> None:
    somebody = {"anonymousId": visitor.anonymous_id}

    into = server_key.ask(MERGE, **{"into": nobody, "from": somebody})["mergeProfiles"]
    source = server_key.ask(MERGE, **{"into": somebody, "from": nobody})["mergeProfiles"]
    erased = server_key.ask(ERASE, by=nobody)["eraseProfile"]

    told = [[(error["code"], error["path"]) for error in one["userErrors"]] for one in (into, source, erased)]
    assert told == [[("NOT_FOUND", ["into"])], [("NOT_FOUND", ["from"])], [("NOT_FOUND", ["by"])]]
    assert (into["profile"], erased["erasedProfileId"], erased["eventsErased"]) == (None, None, None)


def test_an_identity_of_nobody_cannot_be_taken_back(server_key: Asker) -> None:
    answer = server_key.ask(UNLINK, namespace="email", value="nobody@nowhere.example")["unlinkIdentity"]

    assert answer["profiles"] is None
    assert [(error["code"], error["path"]) for error in answer["userErrors"]] == [("NOT_FOUND", ["identity"])]


def test_a_device_with_nothing_to_take_it_from_is_told(server_key: Asker, visitor: Device) -> None:
    answer = server_key.ask(UNLINK, namespace="anonymous_id", value=visitor.anonymous_id)["unlinkIdentity"]

    assert [(error["code"], error["path"]) for error in answer["userErrors"]] == [("INVALID_VALUE", ["identity"])]


def test_a_profile_merged_into_itself_stays(address: str, server_key: Asker) -> None:
    person(address, "self@merge.example")
    itself = {"email": "self@merge.example"}

    answer = server_key.ask(MERGE, **{"into": itself, "from": itself})["mergeProfiles"]

    assert (answer["profile"]["email"], answer["profile"]["mergedFrom"]) == ("self@merge.example", [])


WRITES = [
    'mutation { mergeProfiles(into: {email: "a@b.example"}, from: {email: "c@b.example"}) { profile { id } } }',
    'mutation { unlinkIdentity(identity: {namespace: "email", value: "a@b.example"}) { profiles { id } } }',
    'mutation { eraseProfile(by: {email: "a@b.example"}) { eventsErased } }',
]


@pytest.mark.parametrize("write", WRITES)
def test_a_visitor_says_nothing_about_who_is_who(write: str, visitor: Device) -> None:
    assert visitor.asker.codes(write) == {"UNAUTHORIZED"}
