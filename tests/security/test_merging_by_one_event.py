"""The attack: name two people in one event, or one after the other, so that they become one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.collector.wire import Answer, batch, browser, event
from tests.security.people import Victim, by_server, claims, identities, victim, whole
from tests.server import Server


def assert_two_people(server: Server, one: Victim, other: Victim) -> None:
    """See that both are who they were, and hold nothing of each other."""
    for who, stranger in ((one, other), (other, one)):
        found = whole(server, email=who.email)
        assert who.user_id in identities(found)
        assert not {stranger.email, stranger.user_id, stranger.browser.id} & identities(found)
        assert stranger.word not in str(found).replace(stranger.email, "").replace(stranger.user_id, "")


def _naming(one: Victim, other: Victim) -> list[dict[str, Any]]:
    both = {"userId": one.user_id, "traits": {"email": other.email}}
    return [
        event("identify", **both),
        event("identify", **{**both, "anonymousId": None}),
        event("track", **both),
        event("page", userId=one.user_id, properties={"email": other.email}),
        event("page", userId=one.user_id, context={"traits": {"email": other.email}}),
        event("group", groupId="g", userId=one.user_id, properties={"email": other.email}),
        event("alias", userId=one.user_id, previousId=other.user_id),
        event("alias", userId=one.user_id, previousId=other.browser.id),
        event("alias", anonymousId=one.browser.id, previousId=other.email),
        event("identify", userId=one.user_id, traits={"email": one.email}, properties={"email": other.email}),
    ]


@pytest.mark.parametrize("way", range(10))
def test_no_single_event_makes_two_people_one(server: Server, way: int) -> None:
    one, other = victim(server), victim(server)

    answer: Answer = batch(server, _naming(one, other)[way])

    assert answer.json["accepted"] == 1
    assert_two_people(server, one, other)


@pytest.mark.parametrize("way", range(10))
def test_nor_does_one_in_the_hands_of_a_device_that_proves_itself(server: Server, way: int) -> None:
    one, other = victim(server), victim(server)

    one.browser.post(server, _naming(one, other)[way])

    assert_two_people(server, one, other)


def test_a_device_that_claims_one_after_the_other_joins_nobody(server: Server) -> None:
    one, other, attacker = victim(server), victim(server), browser()

    for _ in range(3):
        claims(server, attacker, one.email)
        claims(server, attacker, other.email)
        claims(server, attacker, userId=one.user_id)

    assert_two_people(server, one, other)


def test_a_batch_that_names_them_in_turns_joins_nobody(server: Server) -> None:
    one, other, attacker = victim(server), victim(server), browser()
    names = [one.email, other.email, one.email, other.email]

    attacker.post(server, *(event("identify", traits={"email": email}) for email in names))

    assert_two_people(server, one, other)


def test_a_third_name_that_both_are_given_joins_nobody(server: Server) -> None:
    one, other, bridge = victim(server), victim(server), "bridge@attacker.example"

    claims(server, browser(), bridge, userId=one.user_id)
    claims(server, browser(), bridge, userId=other.user_id)

    assert_two_people(server, one, other)


def test_a_servers_event_that_names_two_people_joins_nobody_either(server: Server) -> None:
    one, other = victim(server, proven=True), victim(server, proven=True)

    answer = by_server(server, event("identify", userId=one.user_id, traits={"email": other.email}))

    assert answer.warnings == [(0, "identity_conflict", "")]
    assert_two_people(server, one, other)
