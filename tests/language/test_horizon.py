"""Horizons to the millisecond: for falling scores, ageing times, windows, and groups of them."""

from __future__ import annotations

import pytest

from engine.language.checker import check
from engine.language.horizon import compile_horizon
from engine.language.parser import parse
from engine.values import Time, Value, format_time, parse_time
from tests.language.people import HOUR, Person, Words


def at(text: str) -> Time:
    instant = parse_time(text)
    assert instant is not None
    return instant


NOW = at("2026-03-31T12:00:00Z")
VALUES: dict[str, Value | None] = {
    "score_momentum": 5.0,
    "score_frequency": 20.0,
    "affinity": {"cycling": 1.0},
    "visit_count": 3.0,
    "last_visit_at": at("2026-03-31T11:00:00Z"),
    "first_visit_at": at("2026-01-31T10:00:00Z"),
}


def horizon(text: str, instants: tuple[int, ...] = ()) -> int | None:
    definition = check(parse(text), Words())
    person = Person(VALUES, NOW, {leaf.leaf: instants for leaf in definition.leaves})
    return compile_horizon(definition)(person.at(NOW), NOW)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("score_momentum > 3", 2),
        ("score_momentum >= 3", 3),
        ("score_momentum < 3", 3),
        ("score_momentum <= 3", 2),
        ("score_momentum = 3", 2),
        ("score_momentum = 5", 1),
        ("score_momentum != 3", 2),
        ("score_momentum > 5", None),
        ("score_momentum >= 5", 1),
        ("score_momentum < 5", 1),
        ("score_momentum <= 5", None),
        ("score_momentum > 6", None),
        ("score_momentum < 6", None),
        ("score_momentum >= 0", None),
        ("score_momentum BETWEEN 2 AND 3", 2),
        ("score_momentum BETWEEN 2 AND 6", 4),
        ("score_momentum BETWEEN 6 AND 9", None),
        ("score_momentum IN (1, 3)", 2),
        ("score_momentum IN (5, 3)", 1),
        ("score_momentum IN (7, 9)", None),
        ("affinity.cycling > 0.985", 2),
        ("affinity.running > 0.985", None),
        ("EXISTS score_momentum", None),
        ("visit_count > 2", None),
    ],
)
def test_a_falling_number_passes_its_literal_at_the_hour(text: str, hours: int | None) -> None:
    assert horizon(text) == (None if hours is None else NOW + hours * HOUR)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ('last_visit_at > "now-1d"', "2026-04-01T11:00:00Z"),
        ('last_visit_at >= "now-1d"', "2026-04-01T11:00:00.001Z"),
        ('last_visit_at < "now-1d"', "2026-04-01T11:00:00.001Z"),
        ('last_visit_at <= "now-1d"', "2026-04-01T11:00:00Z"),
        ('last_visit_at > "now-1h"', None),
        ('last_visit_at >= "now-1h"', "2026-03-31T12:00:00.001Z"),
        ('last_visit_at < "now-30m"', None),
        ('last_visit_at < "now+1d"', None),
        ('last_visit_at > "now-1M"', "2026-05-01"),
        ('first_visit_at > "now-1M"', None),
        ('first_visit_at < "now-3M"', "2026-05-01"),
        ('first_visit_at > "now-1y"', "2027-01-31T10:00:00Z"),
        ('last_visit_at BETWEEN "now-2d" AND "now-1d"', "2026-04-01T11:00:00Z"),
        ('last_visit_at BETWEEN "now-2d" AND "now"', "2026-04-02T11:00:00.001Z"),
        ('last_visit_at BETWEEN "2026-01-01" AND "2026-12-31"', None),
        ('last_visit_at > "now-1000y"', "3026-03-31T11:00:00Z"),
    ],
)
def test_a_time_grows_old_to_the_millisecond(text: str, until: str | None) -> None:
    found = horizon(text)

    assert (found and format_time(found)) == (until and format_time(at(until)))


EVENTS = (NOW - HOUR, NOW - 2 * HOUR, NOW - 30 * HOUR)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ('DID "page" IN LAST "1d"', 23),
        ('DID "page" AT LEAST 2 TIMES IN LAST "1d"', 22),
        ('DID "page" AT LEAST 3 TIMES IN LAST "1d"', None),
        ('DID "page" AT MOST 1 TIME IN LAST "1d"', 22),
        ('DID "page" AT MOST 2 TIMES IN LAST "1d"', None),
        ('DID "page" EXACTLY 2 TIMES IN LAST "1d"', 22),
        ('DID "page" EXACTLY 1 TIME IN LAST "1d"', 22),
        ('DID "page" EXACTLY 3 TIMES IN LAST "1d"', None),
        ('DID "page" EXACTLY 2 TIMES IN LAST "2d"', 18),
        ('DID NOT "page" IN LAST "1d"', 23),
        ('DID "page"', None),
        ('DID "page" BETWEEN "2026-01-01" AND "2026-12-31"', None),
    ],
)
def test_an_event_leaves_its_window_on_time(text: str, hours: int | None) -> None:
    assert horizon(text, EVENTS) == (None if hours is None else NOW + hours * HOUR)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("AND (score_momentum > 3, score_frequency > 10)", 2),
        ("AND (score_momentum > 3, score_frequency < 15, visit_count > 9)", None),
        ("AND (score_momentum < 3, score_frequency < 15)", 6),
        ("AND (score_momentum < 3, score_frequency > 15)", 3),
        ("OR (score_momentum > 3, score_frequency > 15)", 5),
        ("OR (score_momentum > 3, visit_count = 3)", None),
        ("OR (score_momentum < 3, score_frequency < 15)", 3),
        ("NOT AND (score_momentum > 3, score_frequency > 10)", 2),
        ("AND (INCLUDE vip, score_momentum > 3)", 2),
        ("OR (INCLUDE vip, score_momentum > 3)", 2),
        ("AND (INCLUDE vip, score_momentum > 9)", None),
        ("AND (NOT INCLUDE vip, score_momentum < 3, score_frequency < 15)", 6),
        ("INCLUDE vip", None),
        ("*", None),
    ],
)
def test_a_group_waits_for_those_who_decide(text: str, hours: int | None) -> None:
    assert horizon(text) == (None if hours is None else NOW + hours * HOUR)
