"""Dates that move with `now`: shifts by seconds to years, and when each is reached. Calendar units count in UTC.

A day that a month lacks is the first instant of the next month, so a shift never runs backwards as time goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.values import MILLISECONDS_A_DAY, Time, parse_time

_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
_CYCLE_BEGINS = 946_684_800_000
_CYCLE = 146_097 * MILLISECONDS_A_DAY
_MILLISECOND = timedelta(milliseconds=1)
_FIXED = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": MILLISECONDS_A_DAY, "w": 7 * MILLISECONDS_A_DAY}
_MONTHS = {"M": 1, "y": 12}
_LONGEST = 1_000 * 366 * MILLISECONDS_A_DAY
_RELATIVE = re.compile(r"now(?:([+-])([0-9]{1,15})([a-zA-Z]))?")
_DURATION = re.compile(r"([0-9]{1,15})([a-zA-Z])")

LATEST = 253_402_300_799_999
"""The last millisecond that the calendar knows."""
UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "y": "year"}


@dataclass(frozen=True, slots=True)
class Shift:
    """A distance from now: `-30d` is thirty days ago. Nothing at all is `0s`."""

    amount: int = 0
    unit: str = "s"

    @property
    def milliseconds(self) -> int | None:
        """Its fixed length, or None when it goes by the calendar."""
        return self.amount * _FIXED[self.unit] if self.unit in _FIXED else None

    @property
    def months(self) -> int:
        """Its length in months, when it goes by the calendar."""
        return self.amount * _MONTHS[self.unit]


def parse_relative(text: str) -> Shift | None:
    """Read `now`, `now-30d` or `now+2w`; None if it is not one, or reaches beyond a thousand years."""
    found = _RELATIVE.fullmatch(text)
    if found is None:
        return None
    sign, amount, unit = found.groups()
    return Shift() if unit is None else _shift(-int(amount) if sign == "-" else int(amount), unit)


def parse_duration(text: str) -> Shift | None:
    """Read a length of time such as `30d`; None if it is not one, is nothing, or exceeds a thousand years."""
    found = _DURATION.fullmatch(text)
    if found is None or not int(found[1]):
        return None
    return _shift(int(found[1]), found[2])


def _shift(amount: int, unit: str) -> Shift | None:
    if unit in _FIXED and abs(amount) * _FIXED[unit] <= _LONGEST:
        return Shift(amount, unit) if amount else Shift()
    if unit in _MONTHS and abs(amount) * _MONTHS[unit] <= 12_000:
        return Shift(amount, unit) if amount else Shift()
    return None


def moved(at: int, shift: Shift) -> int:
    """Move an instant by a shift; it never decreases as `at` grows."""
    fixed = shift.milliseconds
    return at + fixed if fixed is not None else _by_months(at, shift.months)


def reached(at: int, shift: Shift) -> int:
    """Find the first `now` whose shifted instant is at or after `at`: the exact inverse of `moved`."""
    fixed = shift.milliseconds
    return at - fixed if fixed is not None else _reached_by_months(at, shift.months)


def parse_date(text: str) -> Time | None:
    """Read an ISO 8601 date or time."""
    return parse_time(text)


def _by_months(at: int, months: int) -> int:
    month, day = _month_and_day(at)
    target = month + months
    if day > _days_in(target):
        return _first_of(target + 1)
    return _first_of(target) + at - _first_of(month)


def _reached_by_months(at: int, months: int) -> int:
    """Go back the same way, but the first instant of a month is reached early from days that the one before lacks."""
    month, _ = _month_and_day(at)
    shorter, longer = month - 1, month - 1 - months
    if at == _first_of(month) and _days_in(longer) > _days_in(shorter):
        return _first_of(longer) + _days_in(shorter) * MILLISECONDS_A_DAY
    return _by_months(at, -months)


def _month_and_day(at: int) -> tuple[int, int]:
    """Tell the month, counted from January of year 0, and the day of the month. The calendar repeats in 400 years."""
    cycles, rest = divmod(at - _CYCLE_BEGINS, _CYCLE)
    moment = _YEAR_2000 + timedelta(milliseconds=rest)
    return (moment.year + 400 * cycles) * 12 + moment.month - 1, moment.day


def _first_of(month: int) -> int:
    """Give the first instant of a month."""
    cycles, month = divmod(month - 24_000, 4_800)
    since = datetime(2000 + month // 12, month % 12 + 1, 1, tzinfo=UTC) - _YEAR_2000
    return _CYCLE_BEGINS + cycles * _CYCLE + since // _MILLISECOND


def _days_in(month: int) -> int:
    return (_first_of(month + 1) - _first_of(month)) // MILLISECONDS_A_DAY
