"""Dates that move with now: calendar months, and the exact instant at which each is reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.dates import Shift, moved, parse_duration, parse_relative, reached
from engine.values import format_time, parse_time

shifts = st.builds(Shift, st.integers(-1000, 1000), st.sampled_from("smhdwMy"))
instants = st.integers(0, 4_102_444_800_000) | st.integers(-(10**15), 10**15)
month_starts = st.builds(lambda year, month: at(f"{year}-{month:02}-01"), st.integers(1970, 2090), st.integers(1, 12))


def at(text: str) -> int:
    instant = parse_time(text)
    assert instant is not None
    return instant


@pytest.mark.parametrize(
    ("now", "shift", "expected"),
    [
        ("2026-03-15T10:00:00Z", Shift(-1, "M"), "2026-02-15T10:00:00Z"),
        ("2026-03-29T10:00:00Z", Shift(-1, "M"), "2026-03-01"),
        ("2026-03-31T23:59:59Z", Shift(-1, "M"), "2026-03-01"),
        ("2026-04-01", Shift(-1, "M"), "2026-03-01"),
        ("2024-03-29T10:00:00Z", Shift(-1, "M"), "2024-02-29T10:00:00Z"),
        ("2024-02-29T10:00:00Z", Shift(-1, "y"), "2023-03-01"),
        ("2026-01-31T10:00:00Z", Shift(1, "M"), "2026-03-01"),
        ("2026-01-10", Shift(-13, "M"), "2024-12-10"),
        ("2026-12-31", Shift(2, "M"), "2027-03-01"),
        ("2026-03-15T10:00:00Z", Shift(-2, "w"), "2026-03-01T10:00:00Z"),
        ("2026-03-15T10:00:00Z", Shift(-90, "m"), "2026-03-15T08:30:00Z"),
    ],
)
def test_a_shift_goes_by_the_calendar(now: str, shift: Shift, expected: str) -> None:
    assert format_time(moved(at(now), shift)) == format_time(at(expected))


@pytest.mark.parametrize(
    ("instant", "shift", "expected"),
    [
        ("2026-02-15T10:00:00Z", Shift(-1, "M"), "2026-03-15T10:00:00Z"),
        ("2026-03-01", Shift(-1, "M"), "2026-03-29"),
        ("2026-03-01T00:00:00.001Z", Shift(-1, "M"), "2026-04-01T00:00:00.001Z"),
        ("2024-03-01", Shift(-1, "M"), "2024-03-30"),
        ("2026-03-31T08:00:00Z", Shift(-1, "M"), "2026-05-01"),
        ("2025-03-01", Shift(-1, "y"), "2026-03-01"),
        ("2023-03-01", Shift(-1, "y"), "2024-02-29"),
        ("2026-03-01", Shift(1, "M"), "2026-01-29"),
        ("2026-03-01", Shift(-7, "d"), "2026-03-08"),
    ],
)
def test_a_shifted_instant_is_first_reached(instant: str, shift: Shift, expected: str) -> None:
    assert format_time(reached(at(instant), shift)) == format_time(at(expected))


@given(instants | month_starts, shifts)
def test_reached_is_the_first_instant_whose_shift_is_there(instant: int, shift: Shift) -> None:
    first = reached(instant, shift)

    assert moved(first, shift) >= instant
    assert moved(first - 1, shift) < instant


@given(instants, instants, shifts)
def test_a_shift_never_runs_backwards(one: int, other: int, shift: Shift) -> None:
    earlier, later = sorted((one, other))

    assert moved(earlier, shift) <= moved(later, shift)


@pytest.mark.parametrize("text", ["now", "now-30d", "now+1y", "now-0d", "now-12000M", "now-31622400000s"])
def test_relative_dates_are_read(text: str) -> None:
    assert parse_relative(text) is not None


@pytest.mark.parametrize(
    "text",
    ["", "now-", "now-d", "now-1", "now-1x", "now - 1d", "now-1.5d", "NOW", "now-1d ", "now-1001y", "now-99999w"],
)
def test_other_texts_are_not_relative_dates(text: str) -> None:
    assert parse_relative(text) is None


@pytest.mark.parametrize("text", ["", "0d", "d", "-1d", "1", "1x", "1 d", "1001y", "now-1d"])
def test_lengths_of_time_are_strict(text: str) -> None:
    assert parse_duration(text) is None
