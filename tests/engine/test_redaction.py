"""What is replaced in others' words: a person's address in any spelling, ids, and nothing that only looks alike."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.domain.events import Context, Event
from engine.domain.redaction import ERASED, Redaction
from tests.engine.living import START, event

ADA = "ada.b+news@xn--bcher-kva.example"
HERS = Redaction(
    frozenset({("email", ADA), ("user_id", "customer-4711"), ("user_id", "42"), ("anonymous_id", "Ab_-12345")})
)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (ADA, ERASED),
        (ADA.upper(), ERASED),
        ("Ada.B+News@bücher.example", ERASED),
        (f"mail {ADA}, please.", f"mail {ERASED}, please."),
        (f"<{ADA}>;mailto:{ADA}?subject=x", f"<{ERASED}>;mailto:{ERASED}?subject=x"),
        (f"/?to={quote(ADA)}&x=1", f"/?to={ERASED}&x=1"),
        (f"/?next=%2F%3Fto%3D{quote(quote(ADA, safe=''))}", f"/?next=%2F%3Fto%3D{ERASED}"),
        ("/?m=ada.b%2bnews%40xn--bcher-kva.example#top", f"/?m={ERASED}#top"),
        (f"can{ADA} x.{ADA} {ADA}.au {ADA}-shop.com", f"can{ADA} x.{ADA} {ADA}.au {ADA}-shop.com"),
        (
            "ada.b+news@example.com adaxb+news@xn--bcher-kva.example",
            "ada.b+news@example.com adaxb+news@xn--bcher-kva.example",
        ),
        ("see customer-4711.", f"see {ERASED}."),
        ("see customer-47112 or xcustomer-4711", "see customer-47112 or xcustomer-4711"),
        ("CUSTOMER-4711 ab_-12345", "CUSTOMER-4711 ab_-12345"),
        ("Ab_-12345", ERASED),
        ("42 is the answer", "42 is the answer"),
    ],
)
def test_an_address_is_replaced_in_any_spelling_and_an_id_as_it_is(text: str, after: str) -> None:
    assert HERS.text(text) == after


def test_in_an_event_ids_are_replaced_as_whole_values_and_whom_it_named_it_names_no_more() -> None:
    told = event("track", START, name=f"Sent to {ADA}", anonymous_id="other", email=ADA, user_id="42", message_id="m1")
    said: dict[str, Any] = {"a": ["42", 42, {"b": "42", ADA: 1}], "c": "42 pounds", "n": 4711, "d": True}
    told = msgspec.structs.replace(told, properties=said, context=Context(title="42", campaign={"name": ADA}))

    after = HERS.event(told, 7)

    assert after.properties == {"a": [ERASED, 42, {"b": ERASED, ERASED: 1}], "c": "42 pounds", "n": 4711, "d": True}
    assert (after.name, after.email, after.user_id, after.anonymous_id) == (f"Sent to {ERASED}", None, None, "other")
    assert (after.context.title, after.context.campaign, after.message_id) == ("42", {"name": ERASED}, "m1")


def test_a_long_number_is_replaced_where_it_is_an_id_and_a_short_one_never() -> None:
    names = Redaction(frozenset({("user_id", "12345678"), ("user_id", "1234")}))

    after = names.event(event("track", START, anonymous_id="d", properties={"a": 12345678, "b": 1234}), 1)

    assert after.properties == {"a": ERASED, "b": 1234}


def test_a_message_id_that_names_her_is_another_and_nobody_elses() -> None:
    after = HERS.event(event("page", START, anonymous_id="d", message_id=f"{ADA}/1"), 7)

    assert after.message_id == f"{ERASED} 7"


def test_an_event_that_says_nothing_of_her_is_the_very_same() -> None:
    told = event("page", START, anonymous_id="d", properties={"x": "y"})

    assert HERS.event(told, 1) is told


EMAILS = st.sampled_from(["a@b.example", "jo@gmail.com", "a+b@x.io", "o'hara@x.example", ADA, "x+@y.example"])
IDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20)
SPELLINGS = (
    str,
    str.upper,
    quote,
    lambda text: quote(text, safe=""),
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: text.replace("xn--bcher-kva", "bücher").upper(),
)


def identifiers() -> st.SearchStrategy[tuple[str, str]]:
    ids = st.tuples(st.sampled_from(["user_id", "anonymous_id"]), IDS.map(str.strip).filter(bool))
    return st.tuples(st.just("email"), EMAILS) | ids


@given(identifiers(), st.integers(0, len(SPELLINGS) - 1), st.sampled_from(["", "mail ", "/?to="]))
@example(("user_id", 'a"b\\c'), 0, "")
@example(("user_id", "@à"), 1, "")
@example(("email", "a@xn--bcher-kva.example"), 5, "")
@example(("user_id", "Ünïcödé-ïd"), 3, "/?to=")
def test_whatever_is_replaced_is_found_by_one_of_the_needles(
    named: tuple[str, str], spelling: int, before: str
) -> None:
    names = Redaction(frozenset({named}))
    told = event(
        "track", START, name="x", anonymous_id="other", properties={"p": before + SPELLINGS[spelling](named[1])}
    )

    body = msgspec.json.encode(told).lower()

    if names.event(told, 1) is not told:
        assert any(one.encode() in body for one in names.needles)


@given(identifiers())
def test_a_whole_value_is_always_replaced(named: tuple[str, str]) -> None:
    after = Redaction(frozenset({named})).event(event("track", START, anonymous_id="d", properties={"p": named[1]}), 1)

    assert after.properties == {"p": ERASED}


@given(identifiers())
def test_a_refused_body_that_holds_an_identifier_is_hers(named: tuple[str, str]) -> None:
    body = json.dumps({"userId": named[1]}, ensure_ascii=False)

    assert Redaction(frozenset({named})).is_in(body)


def test_events_stay_events() -> None:
    told = event("page", START, anonymous_id="other", email=ADA, marks=("late",), context=Context(topics={"x": 0.5}))

    assert isinstance(HERS.event(told, 1), Event)
    assert HERS.event(told, 1).marks == ("late",)
