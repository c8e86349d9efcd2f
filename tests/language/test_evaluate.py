"""`rollcall evaluate`, line by line: answers, types, included audiences, events, and lines that make no sense."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from engine.runtime.evaluate import Evaluator, evaluate
from engine.values import parse_time
from tests.language.people import Words

NOW = parse_time("2026-03-31T12:00:00Z") or 0


def ask(definition: str, profile: Mapping[str, object] | None = None, **more: object) -> Any:
    line = json.dumps({"definition": definition, "profile": profile or {}, **more}).encode()
    answer = evaluate(line, Words(()), NOW)
    return answer["result"] if "result" in answer else answer["error"]


@pytest.mark.parametrize(
    ("definition", "profile", "result"),
    [
        ("score_momentum > 50", {"score_momentum": 80}, True),
        ("score_momentum > 50", {"scores.momentum": 80}, True),
        ("affinity.cycling > 0.5", {"affinity": {"cycling": 0.7}}, True),
        ('last_visit_at > "now-7d"', {"last_visit_at": "2026-03-30"}, True),
        ("age > 30", {"age": 31}, True),
        ('plan = "gold"', {"plan": "gold"}, True),
        ("gold = true", {"gold": True}, True),
        ('tags INTERSECTS ("a")', {"tags": ["a", "b"]}, True),
        ("levels.chess >= 2", {"levels": {"chess": 2}}, True),
        ('signed_up > "now-1M"', {"signed_up": "2026-03-15T10:00:00+01:00"}, True),
        ("age > 30", {"age": None}, False),
        ("age != 30", {"age": None}, True),
        ("age = null", {"age": None}, True),
        ('signed_up > "now-1M" OR gold = true', {"signed_up": None, "gold": None}, False),
        ("visit_count > 3", {"visit_count": "many"}, False),
        ("visit_count != 3", {"visit_count": "3"}, True),
        ("subscribed = true", {"subscribed": 1}, False),
        ("visit_count = 1", {"visit_count": True}, False),
    ],
)
def test_types_come_from_the_catalog_or_from_the_values(
    definition: str, profile: dict[str, object], result: bool
) -> None:
    assert ask(definition, profile) is result


def test_declared_types_come_first() -> None:
    assert ask("zip = '2026-01-01'", {"zip": "2026-01-01"}, fields={"zip": "string"}) is True
    assert ask("age > 5", fields={"age": "number"}) is False
    assert ask("visit_count CONTAINS 'a'", {"visit_count": "ab"}, fields={"visit_count": "string"}) is True


def test_now_may_be_given() -> None:
    profile = {"last_visit_at": "2026-03-30T12:00:00Z"}

    assert ask('last_visit_at > "now-1d"', profile, now="2026-03-31T11:59:59.999Z") is True
    assert ask('last_visit_at > "now-1d"', profile, now="2026-03-31T12:00:00Z") is False


@pytest.mark.parametrize("now", ["0001-01-01", "9999-12-31T23:59:59.999Z"])
def test_the_ends_of_the_calendar_are_no_trouble(now: str) -> None:
    assert ask('last_visit_at > "now-1000y"', {"last_visit_at": "9999-12-31"}, now=now) is True


def test_included_audiences_are_evaluated_in_the_same_pass() -> None:
    includes = {"old": "age > 60", "poor": "NOT INCLUDE rich", "rich": "money > 100", "unused": "nonsense"}

    assert ask("INCLUDE old AND INCLUDE poor", {"age": 70, "money": 5}, includes=includes) is True
    assert ask("INCLUDE old AND INCLUDE poor", {"age": 70, "money": 500}, includes=includes) is False


def test_a_mistake_in_an_included_audience_names_it() -> None:
    error = ask("INCLUDE old", {"age": 70}, includes={"old": "age >"})

    assert error["message"] == "In audience old: A value is missing after >."


def test_events_are_counted() -> None:
    events = [
        {"name": "Checkout", "time": "2026-03-30T00:00:00Z", "properties": {"amount": 20}},
        {"name": "Checkout", "time": "2026-03-01T00:00:00Z", "properties": {"amount": 90}},
        {"name": "page", "time": "2026-03-31T00:00:00Z"},
    ]

    assert ask('DID "Checkout" AT LEAST 2 TIMES IN LAST "60d"', events=events) is True
    assert ask('DID "Checkout" AT LEAST 2 TIMES IN LAST "7d"', events=events) is False
    assert ask('DID "Checkout" WHERE amount > 50', events=events) is True
    assert ask('DID "Checkout" IN LAST "7d" WHERE amount > 50', events=events) is False


@pytest.mark.parametrize(
    ("definition", "more", "code", "place"),
    [
        ("AND (\n  age > 5,\n  height > 5\n)", {}, "unknown_field", (3, 3)),
        ("age >", {}, "missing_value", (1, 5)),
        ("INCLUDE nobody", {}, "unknown_audience", (1, 1)),
        ("INCLUDE a", {"includes": {"a": "INCLUDE b", "b": "INCLUDE a"}}, "include_cycle", (1, 1)),
        ("age > 5", {"now": "noon"}, "invalid_line", (1, 1)),
        ('DID "x"', {"events": [{"name": "x", "time": "noon"}]}, "invalid_line", (1, 1)),
        ("age > 5", {"fields": {"age": "integer"}}, "invalid_line", (1, 1)),
        ("age > 5", {"unknown": 1}, "invalid_line", (1, 1)),
    ],
)
def test_a_mistake_is_told_with_its_place(
    definition: str, more: dict[str, object], code: str, place: tuple[int, int]
) -> None:
    error = ask(definition, {"age": 6}, **more)

    assert (error["code"], (error["line"], error["column"])) == (code, place)
    assert set(error) == {"code", "message", "line", "column"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b"\xff\xfe",
        b'{"definition": "\xc7", "profile": {}}',
        b"{}",
        b'{"definition": "*"}',
        b"[" * 100_000,
        b'{"definition":1}',
    ],
)
def test_a_malformed_line_gives_an_error_and_the_next_goes_on(line: bytes) -> None:
    evaluator = Evaluator(Words())

    assert evaluator.evaluate(line, NOW)["error"]["code"] == "invalid_line"
    assert evaluator.evaluate(b'{"definition": "*", "profile": {}}', NOW) == {"result": True}


def test_the_same_definition_over_other_types_is_not_confused() -> None:
    evaluator = Evaluator(Words())
    lines = [b'{"definition": "x = 5", "profile": {"x": 5}}', b'{"definition": "x = 5", "profile": {"x": "5"}}']

    first, second = (evaluator.evaluate(line, NOW) for line in lines)

    assert first == {"result": True}
    assert second["error"]["code"] == "invalid_text"
