"""The attack: with the public key, say other things about a person than the shop's own servers have said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.collector.wire import batch, browser, event, new
from tests.security.people import Victim, by_server, claims, identities, victim, whole
from tests.server import Server

LATER = {"timestamp": "2999-01-01T00:00:00Z", "sentAt": "2000-01-01T00:00:00Z"}
"""A clock that claims to be later than all."""

LIES: list[dict[str, Any]] = [
    {"traits": {"plan": "free"}},
    {"traits": {"plan": None}},
    {"traits": {"plan": ""}},
    {"traits": {"plan": {"is": "free"}}},
    {"traits": {"plan": ["free"]}},
    {"traits": {"plan": 7}},
    {"traits": {"plan": "free"}, **LATER},
    {"traits": {"plan": None}, **LATER},
    {"traits": {"plan": "free"}, "trust": "SERVER", "source": "server"},
    {"traits": {"plan": "free"}, "context": {"traits": {"plan": "free"}}},
    {"properties": {"plan": "free"}},
]


@pytest.fixture(scope="module")
def who(server: Server) -> Victim:
    return victim(server, proven=True)


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_no_claim_changes_or_deletes_what_a_server_has_said(server: Server, who: Victim, lie: dict[str, Any]) -> None:
    said = {**lie, "traits": {**lie.get("traits", {}), "email": who.email}}
    unnamed = {**lie, "anonymousId": who.browser.id}

    batch(server, event("identify", **said), event("identify", **unnamed), event("identify", userId=who.user_id, **lie))
    who.browser.post(server, event("identify", **said))

    found = whole(server, email=who.email)
    assert found["attributes"]["plan"] == "gold"
    assert "gold" in found["audienceSlugs"]


def test_what_a_server_has_deleted_no_claim_brings_back(server: Server) -> None:
    who = victim(server, proven=True)
    by_server(server, event("identify", anonymousId=None, userId=who.user_id, traits={"plan": None}))

    claims(server, who.browser, who.email, traits={"plan": "gold"})

    assert "plan" not in whole(server, email=who.email)["attributes"]


def test_no_claim_makes_itself_an_address_that_a_server_would_write_to(server: Server) -> None:
    who = victim(server, proven=True)
    attacker = f"aaa-{new('first')}@attacker.example"

    claims(server, browser(), attacker, userId=who.user_id)
    claims(server, who.browser, attacker, userId=who.user_id)

    assert whole(server, identity={"namespace": "user_id", "value": who.user_id})["email"] == who.email


def test_no_claim_takes_a_name_from_the_one_whom_a_server_gave_it(server: Server) -> None:
    who, thief = victim(server, proven=True), browser()
    claims(server, thief, f"{new('thief')}@attacker.example")

    claims(server, thief, who.email)
    claims(server, thief, userId=who.user_id)

    assert {who.email, who.user_id} <= identities(whole(server, anonymousId=who.browser.id))


def test_a_claimed_account_does_not_keep_the_servers_word_out(server: Server) -> None:
    owner, email, account = browser(), f"{new('owner')}@victim.example", new("real-account")
    claims(server, owner, email)
    claims(server, browser(), email, userId=new("squatting-account"))

    by_server(server, event("identify", anonymousId=owner.id, userId=account, traits={"email": email}))

    assert {email, account, owner.id} <= identities(whole(server, email=email))
    assert whole(server, email=email)["id"] == whole(server, identity={"namespace": "user_id", "value": account})["id"]


def test_claimed_addresses_do_not_keep_the_servers_word_out(server: Server) -> None:
    who = victim(server, proven=True)
    for _ in range(6):
        claims(server, browser(), f"{new('squatter')}@attacker.example", userId=who.user_id)
    second = f"{new('second')}@victim.example"

    by_server(server, event("identify", anonymousId=None, userId=who.user_id, traits={"email": second}))

    assert {who.email, second} <= identities(whole(server, email=who.email), "email")


def test_a_claimed_address_does_not_keep_out_the_account_that_a_server_gives_it_to(server: Server) -> None:
    email, account = f"{new('owner')}@victim.example", new("account")
    by_server(server, event("identify", anonymousId=None, userId=account))
    claims(server, browser(), email)

    answer = by_server(server, event("identify", anonymousId=None, userId=account, traits={"email": email}))

    assert answer.warnings == []
    assert {account, email} <= identities(whole(server, email=email))


def test_no_claim_lets_a_proof_part_what_a_server_has_joined(server: Server) -> None:
    """A claimed name goes to who proves it; the merge of the home that it was lent to stays."""
    one, other, attacker = victim(server, proven=True), victim(server, proven=True), browser()
    merge = """mutation ($a: ProfileByInput!, $b: ProfileByInput!) {
      mergeProfiles(into: $a, from: $b) { userErrors { message } } }"""
    server.graphql(merge, a={"email": one.email}, b={"email": other.email})
    lent = f"{new('lent')}@attacker.example"
    claims(server, browser(), lent, userId=one.user_id)
    assert lent in identities(whole(server, email=one.email))

    by_server(server, event("identify", anonymousId=attacker.id, userId=new("attacker"), traits={"email": lent}))

    assert {one.email, other.email} <= identities(whole(server, email=one.email))
    assert lent not in identities(whole(server, email=one.email))
