"""Bad data is refused in words, with 4xx for a request and by index for an event; it is never a 5xx."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.limits import LARGEST_BODY, MOST_EVENTS, MOST_NESTED
from collector.protocols.segment import TYPES
from tests.collector.wire import ask, batch, browser, event, new, post
from tests.server import Server

BOMB = gzip.compress(b"[" * 20_000_000)
MALFORMED: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "blank": (b" \n", 400),
    "no JSON": (b"hello", 400),
    "form": (b"event=Opened&email=a%40b.co", 400),
    "text": (b'"batch"', 400),
    "list": (b"[]", 400),
    "null": (b"null", 400),
    "number": (b"7", 400),
    "half": (b'{"batch": [', 400),
    "more after it": (b'{"batch": []} {"batch": []}', 400),
    "byte order mark": (b'\xef\xbb\xbf{"batch": []}', 400),
    "not UTF-8": (b'{"batch": [{"type": "page", "anonymousId": "\xff\xfe"}]}', 400),
    "UTF-16": ('{"batch": []}'.encode("utf-16"), 400),
    "lone surrogate": (b'{"batch": [{"type": "page", "anonymousId": "\\ud800x"}]}', 400),
    "lone surrogate as name": (b'{"batch": [{"\\udc00": 1}]}', 400),
    "control character": (b'{"batch": [{"type": "page", "anonymousId": "a\x00b"}]}', 400),
    "not a number": (b'{"batch": [{"type": "page", "anonymousId": "a", "properties": {"x": NaN}}]}', 400),
    "infinite": (b'{"batch": [{"type": "page", "anonymousId": "a", "properties": {"x": 1e400}}]}', 400),
    "endless number": (b'{"batch": [{"type": "page", "anonymousId": "a", "userId": 1%s}]}' % (b"0" * 5_000), 400),
    "deeper than any stack": (b'{"batch": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "no batch": (b"{}", 400),
    "batch is null": (b'{"batch": null}', 400),
    "batch is an object": (b'{"batch": {"0": {}}}', 400),
    "context is no object": (b'{"batch": [], "context": [1]}', 400),
    "too large": (b'{"batch": [], "x": "%s"}' % (b"x" * LARGEST_BODY), 413),
    "10 MB": (b'{"batch": [], "x": "%s"}' % (b"x" * 10_000_000), 413),
    "too many": (b'{"batch": [%s0]}' % (b"0," * MOST_EVENTS), 413),
}
PACKED: dict[str, tuple[bytes, str, int]] = {
    "not gzip": (b'{"batch": []}', "gzip", 400),
    "cut off": (gzip.compress(b'{"batch": []}' * 100)[:-9], "gzip", 400),
    "bomb": (BOMB, "gzip", 413),
    "bomb in a bomb": (gzip.compress(BOMB), "gzip", 400),
    "more after it": (gzip.compress(b'{"batch": []}') + b"x", "gzip", 400),
    "brotli": (b'{"batch": []}', "br", 415),
    "twice": (b'{"batch": []}', "gzip, gzip", 415),
}


@pytest.mark.parametrize(("body", "status"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_request_is_refused_as_a_whole(server: Server, body: bytes, status: int) -> None:
    answer = post(server, "/v1/batch", body)

    assert (answer.status, answer.error) == (status, {400: "invalid_value", 413: "too_large"}[status])
    assert answer.json["success"] is False
    assert len(answer.json["error"]["message"]) > 10


@pytest.mark.parametrize(("body", "coding", "status"), PACKED.values(), ids=PACKED)
def test_a_badly_packed_request_is_refused_as_a_whole(server: Server, body: bytes, coding: str, status: int) -> None:
    assert post(server, "/v1/batch", body, Content_Encoding=coding).status == status


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no type": ({"type": None}, "unknown_type", "type"),
    "another type": ({"type": "purchase"}, "unknown_type", "type"),
    "type of a wrong type": ({"type": ["page"]}, "unknown_type", "type"),
    "track without a name": ({"type": "track"}, "event_missing", "event"),
    "track with a blank name": ({"type": "track", "event": "  "}, "event_missing", "event"),
    "track with a number as name": ({"type": "track", "event": 7}, "event_missing", "event"),
    "long name": ({"type": "track", "event": "x" * 201}, "event_too_long", "event"),
    "message id of a wrong type": ({"messageId": 7}, "bad_message_id", "messageId"),
    "long message id": ({"messageId": "x" * 101}, "bad_message_id", "messageId"),
    "message id with NUL": ({"messageId": "a\x00b"}, "bad_message_id", "messageId"),
    "properties are text": ({"properties": "x"}, "not_an_object", "properties"),
    "traits are a list": ({"traits": []}, "not_an_object", "traits"),
    "context is a number": ({"context": 1}, "not_an_object", "context"),
    "nobody": ({"anonymousId": None}, "identity_missing", "anonymousId"),
    "too large": ({"properties": {"x": "x" * 33_000}}, "too_large", ""),
    "too deep": ({"properties": json.loads('{"x":' * MOST_NESTED + "1" + "}" * MOST_NESTED)}, "too_deep", ""),
}


@pytest.mark.parametrize(("change", "code", "path"), REFUSED.values(), ids=REFUSED)
def test_a_bad_event_is_refused_alone_and_kept_with_its_reason(
    server: Server, change: dict[str, Any], code: str, path: str
) -> None:
    before, after, mark = event(), event(), new("mark")

    answer = batch(server, before, {"mark": mark, **event(), **change}, after)

    assert (answer.status, answer.json["accepted"], answer.rejected) == (200, 2, [(1, code, path)])
    with closing(sqlite3.connect(server.database)) as connection:
        kept = connection.execute("SELECT code, path FROM refusals WHERE body LIKE ?", (f'%"{mark}"%',)).fetchall()
    assert kept == [(code, path)]


DEPTHS = [*range(MOST_NESTED - 3, MOST_NESTED + 3), 200, *range(820, 1000, 4), 2_000]


@pytest.mark.parametrize("depth", DEPTHS)
def test_nesting_is_taken_or_refused_at_every_depth(server: Server, depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    body = b'{"batch": [{"type": "page", "anonymousId": "%s", "properties": {"x": %s}}]}'

    answer = post(server, "/v1/batch", body % (new("device").encode(), nested))

    assert answer.status in (200, 400)
    assert (answer.json.get("accepted") == 1) is (depth + 2 <= MOST_NESTED)


ODD_TRAITS: list[tuple[dict[str, Any], list[str]]] = [
    ({"score_momentum": 100}, ["traits.score_momentum"]),
    ({"_id": 1, "known": True}, ["traits._id", "traits.known"]),
    ({"": 1}, ["traits."]),
    ({"x" * 201: 1}, ["traits." + "x" * 200]),
    ({"big": 10**400}, ["traits.big"]),
    ({"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}, ["traits.a.b.c.d.e"]),
    ({"bag": [{"x": 1}, "fine"]}, ["traits.bag"]),
    ({"bag": [str(number) for number in range(1_001)]}, ["traits.bag"]),
    ({"text": "x" * 4_001}, ["traits.text"]),
    ({"fine": "x", "gone": None, "list": ["a", 1, True], "nested": {"deep": 1.5}}, []),
]


@pytest.mark.parametrize(("traits", "paths"), ODD_TRAITS)
def test_a_trait_that_cannot_be_kept_is_told(server: Server, traits: dict[str, Any], paths: list[str]) -> None:
    answer = batch(server, event("identify", traits=traits))

    assert answer.json["accepted"] == 1
    assert answer.warnings == [(0, "trait_not_kept", path) for path in paths]


def test_traits_of_a_call_that_sets_none_are_told(server: Server) -> None:
    answer = batch(server, event("track", traits={"plan": "gold"}), event("group", traits={"seats": 3}))

    assert answer.warnings == [(0, "traits_not_kept", "traits")]


def test_thousands_of_odd_traits_give_some_warnings(server: Server) -> None:
    answer = batch(server, event("identify", traits={f"_{number}": number for number in range(1_500)}))

    assert len(answer.warnings) == 20


def test_of_two_same_keys_the_last_counts(server: Server) -> None:
    body = b'{"anonymousId": "null", "anonymousId": "%s"}' % new("device").encode()

    assert post(server, "/v1/page", body).json["accepted"] == 1


words = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "null",
        "\x00",
        "2026-01-01",
        "9999-12-31T23:59:59.999999+14:00",
        "0001-01-01T00:00:00-23:59",
        "a@b.co",
        "-",
        "[",
        "x" * 300,
    ]
)
numbers = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**300])
)
values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(words | st.sampled_from(["email", "url", "page"]), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = ["messageId", "anonymousId", "userId", "event", "timestamp", "originalTimestamp", "sentAt", "previousId"]
objects = {
    "properties": values
    | st.dictionaries(st.sampled_from(["email", "url", "referrer", "topics", "title", "keywords"]), values),
    "traits": values | st.dictionaries(words, values),
    "context": values
    | st.dictionaries(st.sampled_from(["page", "campaign", "topics", "userAgent", "locale", "traits"]), values),
}
events = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES)}, optional=dict.fromkeys(FIELDS, values) | objects
) | st.fixed_dictionaries({"type": st.sampled_from(TYPES), "anonymousId": words, "event": words}, optional=objects)
around = st.dictionaries(st.sampled_from(["sentAt", "context", "visitorSecret", "integrations"]), values)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(events, min_size=1, max_size=4), around)
def test_whatever_events_hold_each_is_taken_or_refused(
    server: Server, sent: list[dict[str, Any]], said: dict[str, Any]
) -> None:
    answer = batch(server, *sent, **said)

    assert answer.status in (200, 400)
    if answer.status == 200:
        taken = answer.json
        assert taken["accepted"] + taken["duplicate"] + len(taken["rejected"]) == len(sent)
        assert all(code != "not_processed" for _, code, _ in answer.rejected)
        assert not {index for index, _, _ in answer.rejected} & {
            index for index, code, _ in answer.warnings if code != "wrong_secret"
        }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["/v1/batch", "/v1/track", "/v1/identify"]))
def test_whatever_bytes_come_they_are_never_a_5xx(server: Server, body: bytes, path: str) -> None:
    answer = post(server, path, body)

    assert answer.status in (200, 400)
    assert answer.status == 400 or answer.json["accepted"] == 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=60))
def test_whatever_the_query_holds_it_is_never_a_5xx(server: Server, query: str) -> None:
    assert ask(server, "GET", f"/v1/pixel.gif?writeKey=wk_test&{query}").status == 200


def test_afterwards_the_server_is_well_and_has_nothing_to_report(server: Server) -> None:
    assert browser().post(server, event()).json["accepted"] == 1
    assert "Traceback" not in server.log
