"""What the collector answers, and in which forms it takes a call."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from collector.app import CALLS
from tests.collector.wire import ask, batch, browser, event, new, post, profile
from tests.server import WRITE_KEY, Server


def test_a_batch_is_answered_in_one_shape_with_everything_that_was_wrong(server: Server) -> None:
    answer = batch(server, event(), event("track", event=""), event("identify", traits={"email": "no address"}))

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.json == {
        "success": True,
        "accepted": 2,
        "duplicate": 0,
        "rejected": [
            {
                "index": 1,
                "code": "event_missing",
                "path": "event",
                "message": "A track call names its event, such as `Order Completed`.",
            }
        ],
        "warnings": [
            {
                "index": 2,
                "code": "invalid_email",
                "path": "traits.email",
                "message": "This is not an e-mail address; the visitor stays as he was.",
            }
        ],
        "visitor": None,
    }


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("short", [False, True])
def test_every_call_is_taken_alone_under_its_name_and_its_letter(server: Server, call: str, short: bool) -> None:
    sent = event(call)
    del sent["type"]

    answer = post(server, f"/v1/{call[0] if short else call}", sent)

    assert (answer.json["accepted"], answer.json["rejected"], answer.json["visitor"]) == (1, [], None)
    (stored,) = profile(server, anonymousId=sent["anonymousId"])["events"]
    assert stored["type"] == sent.get("event", call)


def test_the_path_decides_the_type_whatever_the_body_says(server: Server) -> None:
    assert post(server, "/v1/page", event("purchase")).json["accepted"] == 1


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "text/plain;charset=UTF-8", ""])
def test_json_is_taken_under_any_content_type_so_that_pages_need_no_preflight(
    server: Server, content_type: str
) -> None:
    body = json.dumps({"writeKey": WRITE_KEY, "batch": [event()]}).encode()

    answer = ask(server, "POST", "/v1/b", body, Content_Type=content_type)

    assert answer.json["accepted"] == 1


def test_a_body_may_be_packed_with_gzip(server: Server) -> None:
    packed = gzip.compress(json.dumps({"batch": [event(properties={"text": "x" * 30_000})]}).encode())

    assert post(server, "/v1/batch", packed, Content_Encoding="gzip").json["accepted"] == 1


@pytest.mark.parametrize(("items", "accepted"), [([], 0), ([0, None, "x", [], {}], 0), ([event(), 7, event()], 2)])
def test_what_is_no_event_is_refused_by_its_index_and_the_others_go_in(
    server: Server, items: list[Any], accepted: int
) -> None:
    answer = batch(server, *items)

    assert (answer.status, answer.json["accepted"]) == (200, accepted)
    assert [index for index, _, _ in answer.rejected] == [
        at for at, one in enumerate(items) if not isinstance(one, dict) or not one
    ]


def test_an_event_without_a_message_id_is_always_new(server: Server) -> None:
    sent = event()
    del sent["messageId"]

    assert batch(server, sent, sent).json["accepted"] == 2


@pytest.mark.parametrize("again", ["in the same batch", "in a later batch"])
def test_an_event_counts_once_by_its_source_and_message_id(server: Server, again: str) -> None:
    sent, asker = event("track"), browser()
    batches = [[sent, sent]] if again == "in the same batch" else [[sent], [sent]]

    answers = [asker.post(server, *events) for events in batches]

    assert [sum(answer.json[what] for answer in answers) for what in ("accepted", "duplicate")] == [1, 1]
    assert profile(server, anonymousId=asker.id)["attributes"]["event_count"] == 1


def test_another_source_may_use_the_same_message_id(server: Server) -> None:
    sent = event(messageId=new("message"))

    assert batch(server, sent).json["accepted"] == 1
    assert post(server, "/v1/batch", {"batch": [sent]}, Authorization="Bearer sk_test").json["accepted"] == 1


def test_the_pixel_takes_an_event_from_an_address(server: Server) -> None:
    email = f"{new('pixel')}@example.com"

    answer = ask(server, "GET", f"/v1/pixel.gif?writeKey={WRITE_KEY}&event=Opened&email={email}")

    assert (answer.status, answer.headers["content-type"], answer.body[:6]) == (200, "image/gif", b"GIF89a")
    assert profile(server, email=email)["events"][0]["type"] == "Opened"


def test_the_pixel_is_a_picture_even_when_it_is_refused(server: Server) -> None:
    answer = ask(server, "GET", "/v1/pixel.gif?writeKey=wk_wrong&event=Opened")

    assert (answer.status, answer.body[:6]) == (401, b"GIF89a")


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/pixel.gif", "/v1/me"])
def test_a_method_that_does_not_exist_is_405(server: Server, path: str) -> None:
    answer = ask(server, "DELETE", path)

    assert answer.status == 405
    assert "OPTIONS" in answer.headers["allow"] or path == "/v1/pixel.gif"
