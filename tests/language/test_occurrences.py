"""Events that DID counts: local hours across daylight saving, dates at both ends, properties inside properties."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest

from engine.language.checker import check
from engine.language.occurrences import Matches, compile_matches
from engine.language.parser import parse
from engine.language.types import Field
from engine.values import FieldType, Motion, parse_time
from tests.language.people import Words


def matches(text: str, zone: str = "UTC") -> Matches:
    (leaf,) = check(parse(text), Words()).leaves
    return compile_matches(leaf, ZoneInfo(zone))


def at(text: str) -> int:
    instant = parse_time(text)
    assert instant is not None
    return instant


@pytest.mark.parametrize(
    ("instant", "hour"),
    [
        ("2026-03-29T00:30:00Z", 1),
        ("2026-03-29T01:30:00Z", 3),
        ("2026-10-25T00:30:00Z", 2),
        ("2026-10-25T01:30:00Z", 2),
        ("2026-10-25T02:30:00Z", 3),
    ],
)
def test_the_local_hour_is_right_on_days_of_23_and_25_hours(instant: str, hour: int) -> None:
    counts = matches(f'DID "page" WHERE local_hour = {hour}', "Europe/Berlin")

    assert counts("page", at(instant), {})


def test_the_local_weekday_is_that_of_the_accounts_time_zone() -> None:
    instant = at("2026-03-29T23:00:00Z")

    assert matches('DID "page" WHERE local_weekday = "sunday"')("page", instant, {})
    assert matches('DID "page" WHERE local_weekday = "monday"', "Europe/Berlin")("page", instant, {})


@pytest.mark.parametrize(
    ("instant", "counted"),
    [
        ("2025-12-31T23:59:59.999Z", False),
        ("2026-01-01", True),
        ("2026-02-01", True),
        ("2026-02-01T00:00:00.001Z", False),
    ],
)
def test_dates_count_both_ends(instant: str, counted: bool) -> None:
    counts = matches('DID "page" BETWEEN "2026-01-01" AND "2026-02-01"')

    assert counts("page", at(instant), {}) is counted


@pytest.mark.parametrize(
    ("where", "properties", "counted"),
    [
        ("cart.total > 5", {"cart": {"total": 6}}, True),
        ("cart.total > 5", {"cart.total": 6}, True),
        ("cart.total > 5", {"cart": 6}, False),
        ("cart.eu.total > 5", {"cart": {"us": 1}, "cart.eu": {"total": 6}}, True),
        ("cart.eu.total > 5", {"cart": {"eu": {"total": 6}}}, True),
        ("amount > 5", {"amount": "6"}, False),
        ("amount != 5", {}, True),
        ("EXISTS amount", {"amount": [1]}, True),
        ("EXISTS amount", {"amount": None}, False),
        ("(EXISTS amount AND amount > 5)", {"amount": 6}, True),
        ('tags INTERSECTS ("a")', {"tags": ["a", 1]}, True),
        ('tags INTERSECTS ("1")', {"tags": ["a", 1]}, True),
        ("gift = true", {"gift": True}, True),
    ],
)
def test_where_asks_about_properties(where: str, properties: dict[str, object], counted: bool) -> None:
    assert matches(f'DID "page" WHERE {where}')("page", 0, properties) is counted


class Seen:
    """A vocabulary in which every property is a number."""

    def event_names(self) -> Iterable[str]:
        """List words."""
        return ["page"]

    def property(self, event: str, name: str) -> Field | None:
        """Find a property."""
        return Field(name, FieldType.NUMBER, Motion.STILL, name)


def test_a_property_of_another_type_than_was_seen_is_missing() -> None:
    (leaf,) = check(parse('DID "page" WHERE EXISTS amount'), Words(), Seen()).leaves
    counts = compile_matches(leaf)

    assert counts("page", 0, {"amount": 5})
    assert not counts("page", 0, {"amount": "five"})
