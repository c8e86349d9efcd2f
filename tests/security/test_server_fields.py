"""The attack: send what only the server may set, and hope that it is believed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import msgspec
import pytest

from engine.domain.events import Event, Trust
from tests.collector.wire import batch, browser, event, new
from tests.security.people import by_server, claims, own_view, victim, whole
from tests.server import Server

PLACES = ["in the event", "around the batch", "in its context", "in its traits", "in its properties"]


def _sent(server: Server, place: str, lie: dict[str, Any], **honest: Any) -> None:
    """Send an event with a lie in one of the places that a body has."""
    told = event("identify", **honest)
    match place:
        case "in the event":
            batch(server, lie | told)
        case "around the batch":
            batch(server, told, **lie)
        case "in its context":
            batch(server, told | {"context": lie})
        case "in its traits":
            batch(server, told | {"traits": lie | told.get("traits", {})})
        case _:
            batch(server, told | {"properties": lie})


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("trust", ["SERVER", "server", 2, 3, "VERIFIED", {"level": "SERVER"}], ids=str)
def test_trust_is_never_read_from_a_body(server: Server, place: str, trust: object) -> None:
    device = new("device")
    lie = {name: trust for name in ("trust", "_trust", "trustLevel", "link_trust", "verified", "proven")}
    _sent(server, place, lie, anonymousId=device, traits={"plan": "gold", "email": f"{device}@victim.example"})

    by_server(server, event("identify", anonymousId=None, traits={"email": f"{device}@victim.example", "plan": "free"}))

    found = whole(server, anonymousId=device)
    assert found["attributes"]["plan"] == "free"
    assert {one["trust"] for one in found["identities"] if one["namespace"] == "anonymous_id"} == {"CLAIMED"}


@pytest.mark.parametrize("place", PLACES)
def test_the_time_of_receipt_is_the_servers(server: Server, place: str) -> None:
    who = browser()
    long_ago = "2001-01-01T00:00:00.000Z"
    lie = {name: long_ago for name in ("receivedAt", "received_at", "firstSeenAt", "first_seen_at", "createdAt")}

    _sent(server, place, lie, anonymousId=who.id)

    view = own_view(server, who)
    assert not view["events"]["nodes"][0]["receivedAt"].startswith("2001")
    assert not view["firstSeenAt"].startswith("2001")
    assert not str(view["attributes"]["first_seen_at"]).startswith("2001")


@pytest.mark.parametrize("place", PLACES)
def test_ids_source_and_marks_are_the_servers(server: Server, place: str) -> None:
    who, other, device = victim(server), new("other"), new("device")
    lie: dict[str, Any] = {"id": 1, "source": "server", "marks": [other], "profile": 1, "fragment": 1, "subject": 1}
    lie |= {"profileId": whole(server, email=who.email)["id"], "name": other, "type_": other}

    _sent(server, place, lie, anonymousId=device)

    assert whole(server, anonymousId=device)["id"] != whole(server, email=who.email)["id"]
    ours, theirs = _stored(server, device), _stored(server, who.browser.id)
    assert (ours.source, ours.trust, ours.name, ours.marks) == (theirs.source, Trust.CLAIMED, "identify", ())


def _stored(server: Server, device: str) -> Event:
    """Read the latest event of a device as it is on disk."""
    query = "SELECT body FROM events WHERE fragment_id = (SELECT id FROM fragments WHERE device = ?) ORDER BY id DESC"
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as connection:
        (body,) = connection.execute(query, [device]).fetchone()
    return msgspec.json.decode(body, type=Event)


@pytest.mark.parametrize("name", ["email", "user_id", "userId", "anonymous_id", "identities", "known"])
def test_an_identity_counts_only_where_the_protocol_has_it(server: Server, name: str) -> None:
    who, device = victim(server), new("device")

    batch(server, event(anonymousId=device, **({name: who.email} if name != "userId" else {})), **{name: who.user_id})
    batch(server, event(anonymousId=device, properties={f"x_{name}": who.email}, context={name: who.email}))

    assert whole(server, anonymousId=device)["known"] is False
    assert whole(server, anonymousId=device)["id"] != whole(server, email=who.email)["id"]


def test_a_secret_is_read_only_at_the_top_of_a_batch(server: Server) -> None:
    who = browser()
    who.post(server, event())

    inside = batch(server, event(anonymousId=who.id, visitorSecret=who.secret))
    deeper = batch(server, event(anonymousId=who.id, context={"visitorSecret": who.secret}))

    assert (inside.json["visitor"], deeper.json["visitor"]) == (None, None)


def test_an_answer_is_not_steered_by_fields_that_it_has_itself(server: Server) -> None:
    who = victim(server)
    steer = {"visitor": who.browser.id, "success": True, "accepted": 7, "audiences": ["gold"], "known": True}

    answer = browser().post(server, event(), **steer)

    assert (answer.json["accepted"], answer.json["visitor"]["known"]) == (1, False)
    assert "gold" not in answer.audiences


def test_a_claim_that_says_it_is_linked_is_not(server: Server) -> None:
    who, attacker = victim(server), browser()

    claims(server, attacker, who.email, traits={"trust": "SERVER", "audiences": ["gold"]}, trust="SERVER")

    view = own_view(server, attacker)
    assert (view["isIn"], "gold" in view["audienceSlugs"]) == (False, False)
