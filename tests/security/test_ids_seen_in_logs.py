"""The attack: use the anonymous id of somebody else, as it stands in logs and in the network's view of a page."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.collector.wire import ask, batch, browser, event, new, post
from tests.security.people import Browser, claims, identities, own_view, victim, visitor_asks, whole
from tests.server import WRITE_KEY, Server


def seen_browser(server: Server) -> Browser:
    """Give a browser that has shown its secret and told nobody's name."""
    who = browser()
    who.post(server, event())
    return who


@pytest.mark.parametrize("scheme", ["Visitor", "Bearer", "Basic"])
def test_an_id_in_place_of_the_secret_opens_nothing(server: Server, scheme: str) -> None:
    who = victim(server)
    query = json.dumps({"query": "{ me { id } }"}).encode()

    short = ask(server, "GET", "/v1/me", Authorization=f"{scheme} {who.browser.id}")
    graph = ask(
        server,
        "POST",
        "/graphql",
        query,
        Authorization=f"{scheme} {who.browser.id}",
        Content_Type="application/json",
    )

    assert short.json == {"known": False, "audiences": []}
    assert graph.json.get("data") in (None, {"me": None})
    assert who.word not in str(graph.json)


@pytest.mark.parametrize("secret", [None, "", "wrong", "a" * 43])
def test_events_in_the_name_of_an_id_are_answered_without_its_audiences(server: Server, secret: str | None) -> None:
    who = victim(server)

    answer = batch(server, event(anonymousId=who.browser.id), visitorSecret=secret)

    assert (answer.json["accepted"], answer.json["visitor"]) == (1, None)


def test_the_secret_of_another_opens_only_what_is_his(server: Server) -> None:
    who, attacker = victim(server), seen_browser(server)

    answer = Browser(attacker.secret, who.browser.id).post(server, event())
    mixed = batch(
        server, event(anonymousId=attacker.id), event(anonymousId=who.browser.id), visitorSecret=attacker.secret
    )

    assert (answer.json["visitor"], mixed.json["visitor"]) == (None, None)
    assert own_view(server, who.browser)["email"] == who.email


def _naming(email: str, account: str) -> list[dict[str, Any]]:
    return [
        event("identify", traits={"email": email}),
        event("identify", userId=account),
        event("identify", userId=account, traits={"email": email}),
        event("page", properties={"email": email}),
        event("track", context={"traits": {"email": email}}),
        event("screen", userId=account),
        event("group", groupId="g", userId=account),
        event("alias", userId=account, previousId="anything"),
    ]


@pytest.mark.parametrize("way", range(8))
def test_an_id_that_has_shown_its_secret_is_named_by_nobody_without_it(server: Server, way: int) -> None:
    who, attacker = seen_browser(server), new("attacker")
    naming = _naming(f"{attacker}@attacker.example", attacker)[way]

    answer = batch(server, {**naming, "anonymousId": who.id})

    assert answer.json["accepted"] == 1
    assert identities(whole(server, anonymousId=who.id)) == {who.id}
    view = own_view(server, who)
    assert (view["known"], view["email"], identities(view)) == (False, None, {who.id})


@pytest.mark.parametrize("way", range(8))
def test_nor_is_the_device_of_a_known_person_moved_to_another(server: Server, way: int) -> None:
    who, attacker = victim(server), new("attacker")
    naming = _naming(f"{attacker}@attacker.example", attacker)[way]

    batch(server, {**naming, "anonymousId": who.browser.id})

    assert whole(server, anonymousId=who.browser.id)["id"] == whole(server, email=who.email)["id"]
    assert own_view(server, who.browser)["email"] == who.email
    assert not {attacker, f"{attacker}@attacker.example"} & identities(whole(server, email=who.email))


def test_a_picture_in_a_mail_does_not_name_it_either(server: Server) -> None:
    who = seen_browser(server)
    said = {"writeKey": WRITE_KEY, "anonymousId": who.id, "email": "pixel@attacker.example"}

    assert ask(server, "GET", f"/v1/pixel.gif?{urlencode(said)}").status == 200

    assert own_view(server, who)["known"] is False


def test_a_wrong_secret_is_no_secret_for_naming(server: Server) -> None:
    who, attacker = seen_browser(server), seen_browser(server)
    naming = event("identify", anonymousId=who.id, traits={"email": "wrong-secret@attacker.example"})

    batch(server, naming, visitorSecret=attacker.secret)
    batch(server, naming | {"messageId": new("again")}, visitorSecret="a" * 43)
    batch(server, {**naming, "messageId": new("inside"), "visitorSecret": who.secret})

    assert own_view(server, who)["known"] is False


def test_a_secret_for_one_event_of_a_batch_is_none_for_the_others(server: Server) -> None:
    who, attacker = seen_browser(server), seen_browser(server)
    naming = event("identify", anonymousId=who.id, traits={"email": "batched@attacker.example"})

    batch(server, event(anonymousId=attacker.id), naming, visitorSecret=attacker.secret)

    assert own_view(server, who)["known"] is False


def test_its_owner_still_names_himself_afterwards(server: Server) -> None:
    who, email = seen_browser(server), f"{new('owner')}@victim.example"
    batch(server, event("identify", anonymousId=who.id, traits={"email": "somebody@attacker.example"}))

    answer = claims(server, who, email)

    assert answer.json["visitor"]["known"] is True
    assert identities(whole(server, email=email)) == {who.id, email}


def test_an_id_that_has_never_shown_a_secret_may_be_named_and_opens_nothing(server: Server) -> None:
    bare, who = new("bare-device"), victim(server)

    answer = batch(server, event("identify", anonymousId=bare, traits={"email": who.email}))

    assert answer.json["visitor"] is None
    assert answer.json["warnings"] == []


def test_ids_of_profiles_and_events_open_nothing(server: Server) -> None:
    who, attacker = victim(server), seen_browser(server)
    mine, theirs = own_view(server, attacker), own_view(server, who.browser)
    guessed = [whole(server, email=who.email)["id"], theirs["id"], theirs["events"]["nodes"][0]["id"]]

    for id in [*guessed, theirs["membershipHistory"]["nodes"][0]["id"]]:
        answer = visitor_asks(server, attacker, "query ($id: ID!) { node(id: $id) { id } }", id=id).json
        several = visitor_asks(server, attacker, "query ($id: ID!) { nodes(ids: [$id]) { id } }", id=id).json
        assert {error["extensions"]["code"] for error in answer["errors"] + several["errors"]} == {"UNAUTHORIZED"}

    assert own_view(server, attacker) == mine


def test_a_cursor_of_another_leads_only_through_what_is_ones_own(server: Server) -> None:
    attacker, who = seen_browser(server), victim(server)
    query = """query ($after: String) { me {
      events(first: 100, after: $after) { nodes { url properties } pageInfo { endCursor } }
      membershipHistory(first: 100, after: $after) { nodes { id } } } }"""
    theirs = (
        "{ me { events(first: 1) { pageInfo { endCursor } } membershipHistory(first: 1) { pageInfo { endCursor } } } }"
    )
    found = visitor_asks(server, who.browser, theirs).json["data"]["me"]

    for connection in found.values():
        answer = visitor_asks(server, attacker, query, after=connection["pageInfo"]["endCursor"])
        assert who.word not in str(answer.json)


def test_the_key_of_a_page_names_no_profile_to_read(server: Server) -> None:
    who = victim(server)
    query = {"query": f'{{ profile(by: {{anonymousId: "{who.browser.id}"}}) {{ id }} }}'}

    answer = post(server, "/graphql", query, Content_Type="application/json")

    assert answer.json["errors"][0]["extensions"]["code"] == "FORBIDDEN"
