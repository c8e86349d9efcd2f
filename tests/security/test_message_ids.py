"""The attack: use the message ids of others, so that their events are taken for ones that were here before."""

from __future__ import annotations

from tests.collector.wire import batch, browser, event, new
from tests.security.people import by_server, claims, own_view, victim, whole
from tests.server import Server


def test_the_same_id_with_another_body_changes_nothing(server: Server) -> None:
    who, id = browser(), new("message")
    who.post(server, event("identify", messageId=id, traits={"email": f"{id}@victim.example", "note": "first"}))
    before = whole(server, anonymousId=who.id)

    again = who.post(
        server, event("identify", messageId=id, traits={"email": "other@attacker.example", "note": "second"})
    )
    elsewhere = batch(server, event("track", messageId=id, properties={"note": "third"}))

    assert [(one.json["accepted"], one.json["duplicate"]) for one in (again, elsewhere)] == [(0, 1), (0, 1)]
    assert whole(server, anonymousId=who.id) == before
    assert whole(server, email="other@attacker.example") is None


def test_twice_in_one_batch_is_once(server: Server) -> None:
    id, device = new("message"), new("device")
    first, second = (event("identify", messageId=id, anonymousId=device, traits={"note": note}) for note in "ab")

    answer = batch(server, first, second)

    assert (answer.json["accepted"], answer.json["duplicate"]) == (1, 1)
    assert whole(server, anonymousId=device)["attributes"]["note"] == "a"


def test_ids_that_a_page_has_used_are_free_for_servers(server: Server) -> None:
    ids = [f"order-{number}" for number in range(1, 101)]
    batch(server, *(event(messageId=id) for id in ids))
    orders = [event("track", messageId=id, event="Order Completed", userId=f"buyer-{id}") for id in ids]

    answer = by_server(server, *orders)

    assert (answer.json["accepted"], answer.json["duplicate"]) == (100, 0)


def test_ids_that_a_server_has_used_are_free_for_pages(server: Server) -> None:
    id, who = new("message"), browser()
    by_server(server, event("track", messageId=id, userId=new("buyer")))

    assert who.post(server, event(messageId=id)).json["accepted"] == 1


def test_the_id_of_anothers_event_tells_nothing_of_that_event(server: Server) -> None:
    who, attacker, id = victim(server), browser(), new("message")
    who.browser.post(server, event("track", event=f"Bought {who.word}", messageId=id))

    taken = attacker.post(server, event(messageId=id))
    free = browser().post(server, event(messageId=new("message")), {**event(), "messageId": id})

    assert taken.json == {
        **{"success": True, "accepted": 0, "duplicate": 1, "rejected": [], "warnings": []},
        "visitor": {"known": False, "audiences": []},
    }
    assert who.word not in str(free.json)
    assert own_view(server, attacker) is None


def test_a_duplicate_that_names_somebody_names_nobody(server: Server) -> None:
    who, id = browser(), new("message")
    who.post(server, event(messageId=id))

    claims(server, who, f"{id}@attacker.example", messageId=id)

    assert whole(server, email=f"{id}@attacker.example") is None


def test_events_without_an_id_are_never_taken_for_each_other(server: Server) -> None:
    same = {"type": "page", "anonymousId": new("device"), "properties": {"url": "https://shop.example/"}}

    answer = batch(server, same, same, {**same, "messageId": ""}, {**same, "messageId": None})

    assert (answer.json["accepted"], answer.json["duplicate"]) == (4, 0)


def test_an_id_is_compared_as_it_is_written(server: Server) -> None:
    id = new("message")

    answer = batch(
        server, *(event(messageId=one) for one in (id, id.upper(), f" {id}", f"{id} ", f"{id}é", f"{id}e\u0301"))
    )

    assert (answer.json["accepted"], answer.json["duplicate"]) == (6, 0)
