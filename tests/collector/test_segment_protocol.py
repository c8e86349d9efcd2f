"""Segment's tracking protocol where clients and servers must agree: calls, keys, ids, sizes, answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.domain.keys import KeyDraft, KeyKind
from tests.collector.wire import ask, batch, event, new, post, profile
from tests.keys import make
from tests.server import SECRET_KEY, WRITE_KEY, Server, StartServer

PROPERTIES = """query ($by: ProfileByInput!) { profile(by: $by) { events(first: 50) { nodes { type properties } } } }"""
SETTINGS = "/v1/projects/{}/settings"


def told(server: Server, device: str) -> list[dict[str, Any]]:
    """Give the properties of a device's events, oldest first."""
    nodes = server.graphql(PROPERTIES, by={"anonymousId": device})["profile"]["events"]["nodes"]
    return [one["properties"] for one in reversed(nodes)]


BESIDE = [
    ("page", {"name": "Prices", "category": "Shop"}, {"name": "Prices", "category": "Shop"}),
    ("page", {"name": "Prices", "properties": {"name": "Own"}}, {"name": "Own"}),
    ("page", {"name": None, "category": ""}, {}),
    ("screen", {"name": "Basket", "properties": {"items": 2}}, {"name": "Basket", "items": 2}),
    ("group", {"groupId": "acme", "traits": {"employees": 12}}, {"groupId": "acme", "employees": 12}),
    ("alias", {"previousId": "guest-7"}, {"previousId": "guest-7"}),
    ("track", {"name": "no field of a track call"}, {}),
]


@pytest.mark.parametrize(("type", "said", "kept"), BESIDE)
def test_what_a_call_says_beside_its_properties_is_kept_among_them(
    server: Server, type: str, said: dict[str, Any], kept: dict[str, Any]
) -> None:
    device = new("device")

    post(server, f"/v1/{type[0]}", event(type, anonymousId=device, **said))

    assert told(server, device) == [kept]


def test_the_address_of_a_group_is_not_its_members(server: Server) -> None:
    device = new("device")
    batch(server, event("group", anonymousId=device, groupId="acme", traits={"email": "office@acme.example"}))

    found = profile(server, anonymousId=device)

    assert (found["known"], told(server, device)[0]["email"]) == (False, "office@acme.example")


def test_traits_of_an_identify_may_stand_in_its_context_as_rudderstack_writes_them(server: Server) -> None:
    device = new("device")
    around = {"traits": {"plan": "free", "city": "Rome", "email": f"{device}@example.com"}}

    batch(server, event("identify", anonymousId=device, traits={"plan": "pro"}, context=around))

    found = profile(server, anonymousId=device)
    assert (found["attributes"]["plan"], found["attributes"]["city"], found["known"]) == ("pro", "Rome", True)


def test_an_alias_joins_nobody_and_says_so(server: Server) -> None:
    guest, customer = new("guest"), new("customer")
    batch(server, event(anonymousId=guest))

    answer = batch(server, event("alias", anonymousId=None, previousId=guest, userId=customer))

    assert answer.warnings == [(0, "alias_not_linked", "previousId")]
    assert customer not in str(profile(server, anonymousId=guest)["identities"])


@pytest.mark.parametrize("nothing", [None, ""])
def test_ids_that_are_nothing_are_as_if_they_were_not_there(server: Server, nothing: str | None) -> None:
    sent = event("track", userId=nothing, messageId=nothing, groupId=nothing, previousId=nothing)

    answer = batch(server, sent)

    assert (answer.json["accepted"], answer.json["warnings"]) == (1, [])


def test_ids_that_differ_in_their_last_letter_are_two_events_and_the_same_id_of_another_key_is_another(
    server: Server,
) -> None:
    other = make(server, KeyDraft(KeyKind.WRITE, new("key")))[0].token
    ids = [f"5f0c9e1a7b3d2c4{last}" for last in "0123456789abcdef"]
    events = [event(messageId=one) for one in ids]

    answers = [batch(server, *events), batch(server, *events)]
    answers.append(post(server, "/v1/batch", {"batch": events}, Authorization=f"Bearer {other}"))

    assert [(one.json["accepted"], one.json["duplicate"]) for one in answers] == [(16, 0), (0, 16), (16, 0)]


@pytest.mark.parametrize(("key", "status"), [(WRITE_KEY, 200), ("wk_unknown", 401), ("", 401), (SECRET_KEY, 403)])
def test_a_write_key_may_come_in_a_header_of_its_own(server: Server, key: str, status: int) -> None:
    assert ask(server, "POST", "/v1/page", json.dumps(event()).encode(), X_Write_Key=key).status == status


def test_a_failure_tells_code_and_message_where_segments_clients_look(server: Server) -> None:
    answer = post(server, "/v1/track", event("track"), Authorization="Bearer wk_unknown").json

    assert answer["success"] is False
    assert (answer["code"], answer["message"]) == (answer["error"]["code"], answer["error"]["message"])
    assert answer["code"] == "unauthorized"


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"])
def test_what_is_rendered_in_advance_is_not_counted(server: Server, purpose: str) -> None:
    sent = event()

    in_advance = batch_with(server, sent, Sec_Purpose=purpose)
    looked_at = batch_with(server, sent)

    assert (in_advance.status, in_advance.json["accepted"]) == (200, 0)
    assert in_advance.rejected == [(0, "prerendered", "")]
    assert looked_at.json["accepted"] == 1


def batch_with(server: Server, sent: dict[str, Any], **headers: str) -> Any:
    return post(server, "/v1/batch", {"batch": [sent]}, **headers)


@pytest.mark.parametrize(("method", "headers"), [("HEAD", {}), ("GET", {"Sec_Purpose": "prefetch"})])
def test_a_picture_that_nobody_looks_at_is_no_event(server: Server, method: str, headers: dict[str, str]) -> None:
    device = new("device")
    path = f"/v1/pixel.gif?writeKey={WRITE_KEY}&anonymousId={device}"

    assert ask(server, method, path, None, **headers).status == 200

    assert profile(server, anonymousId=device) is None


def test_the_pixel_reads_names_people_campaigns_and_properties(server: Server) -> None:
    device = new("device")
    query = "event=Opened%20%C3%BCber&utm_source=news&utm_campaign=june&issue=7&type=identify&traits=x"

    ask(server, "GET", f"/v1/pixel.gif?writeKey={WRITE_KEY}&anonymousId={device}&{query}")

    assert told(server, device) == [{"issue": "7", "traits": "x"}]
    found = profile(server, anonymousId=device)
    assert found["events"][0]["type"] == "Opened über"
    assert (found["attributes"]["utm_sources"], found["attributes"]["utm_campaigns"]) == (["news"], ["june"])


def test_segments_browser_client_is_given_settings_that_lead_here(server: Server) -> None:
    answer = ask(server, "GET", SETTINGS.format(WRITE_KEY), Host="collect.example:8443", Origin="https://shop.example")

    there = {"apiKey": WRITE_KEY, "apiHost": "collect.example:8443/v1", "protocol": "http"}
    assert answer.json["integrations"] == {"Segment.io": there}
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "no-store" in answer.headers["cache-control"]


def test_behind_a_proxy_that_is_trusted_they_say_how_the_browser_came(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_TRUSTED_PROXIES="127.0.0.1")

    answer = ask(server, "GET", SETTINGS.format(WRITE_KEY), Host="collect.example", X_Forwarded_Proto="https")

    assert answer.json["integrations"]["Segment.io"]["protocol"] == "https"


@pytest.mark.parametrize("key", ["wk_unknown", SECRET_KEY])
def test_there_are_settings_for_write_keys_only(server: Server, key: str) -> None:
    answer = ask(server, "GET", SETTINGS.format(key))

    assert (answer.status, answer.error) == (404, "not_found")


def test_settings_of_a_key_for_some_pages_are_for_those_only(server: Server) -> None:
    key = make(server, KeyDraft(KeyKind.WRITE, new("key"), origins=("https://shop.example",)))[0].token

    assert ask(server, "GET", SETTINGS.format(key), Origin="https://shop.example").status == 200
    assert ask(server, "GET", SETTINGS.format(key), Origin="https://other.example").status == 403


@pytest.mark.parametrize("body", [b'{"series": []}', b"", b"no JSON at all"])
def test_metrics_of_segments_client_are_let_go(server: Server, body: bytes) -> None:
    answer = ask(server, "POST", "/v1/m", body, Origin="https://shop.example", Content_Type="text/plain")

    assert (answer.status, answer.json) == (200, {"success": True})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_a_preflight_is_given_the_very_headers_it_asks_for(server: Server) -> None:
    wanted = "authorization,content-type,x-retry-count,x-anything"

    answer = ask(
        server,
        "OPTIONS",
        "/v1/t",
        Origin="https://shop.example",
        Access_Control_Request_Headers=wanted,
        Access_Control_Request_Method="POST",
    )

    assert answer.headers["access-control-allow-headers"] == wanted
    assert answer.headers["access-control-max-age"] == "7200"
