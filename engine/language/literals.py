"""Values as people write them, read in the type of the field they are compared with."""

from __future__ import annotations

import math
import re

from engine.errors import InvalidDefinition
from engine.language.dates import Shift, parse_date, parse_duration, parse_relative
from engine.language.nodes import Literal
from engine.language.problems import invalid
from engine.language.units import list_units, unit_of
from engine.language.words import write_number
from engine.values import FieldType, Time

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DAY_LOOKS = re.compile(r"\s*([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})\s*")
_MEANT = {
    "yesterday": "now-1d",
    "last week": "now-7d",
    "last month": "now-1M",
    "last year": "now-1y",
    "today": "now-1d",
}
_RELATIVE_LOOKS = re.compile(r"\s*now\s*([+-])?\s*([0-9]*)\s*([a-zA-Z]*)\s*", re.I)
_LENGTH_LOOKS = re.compile(r"\s*(?:last\s+)?([0-9]+)\s*([a-zA-Z]+)(\s+ago)?\s*", re.I)
_EARLIEST_MILLISECONDS = 10**11
_A_DAY, _AN_INSTANT = '"2026-01-31"', '"2026-01-31T12:00:00Z"'
_MONTH_OR_MINUTE = "m is minutes and M is months"


def coerce(literal: Literal, type_: FieldType, name: str) -> Literal:
    """Read a literal in the type of the field `name`. Raises InvalidDefinition."""
    if literal.value is None:
        advice = f"null is not a value to compare with: write NOT EXISTS {name}, or EXISTS {name}."
        raise invalid(literal.at, "null_value", advice)
    match type_:
        case FieldType.NUMBER:
            return Literal(_number(literal, name), literal.at)
        case FieldType.BOOLEAN:
            return Literal(_boolean(literal, name), literal.at)
        case FieldType.TIME:
            return Literal(_time(literal, name), literal.at)
        case _:
            return Literal(_text(literal, name), literal.at)


def _number(literal: Literal, name: str) -> float:
    value = literal.value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value.strip())
    if isinstance(value, bool) or not isinstance(value, float):
        meant = _number_in(literal.value)
        advice = f" Write {meant}." if meant else ""
        message = f"{name} is a number: {_shown(literal)} is not one.{advice}"
        raise invalid(literal.at, "invalid_number", message, (meant,) if meant else ())
    if not math.isfinite(value):
        raise invalid(literal.at, "invalid_number", "This number is too large.")
    return value + 0.0


def _number_in(value: object) -> str | None:
    """Find the number that a text means: `1,000`, `50%`, `€ 20`."""
    text = value.strip(" %€$£") if isinstance(value, str) else ""
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    return plain if _NUMBER.fullmatch(plain) else None


def _boolean(literal: Literal, name: str) -> bool:
    if isinstance(literal.value, bool):
        return literal.value
    words = ("true", "false")
    meant = str(literal.value).lower() if str(literal.value).lower() in words else None
    advice = f"Write {meant} without quotes." if meant else "Write true or false."
    raise invalid(literal.at, "invalid_boolean", f"{name} is true or false. {advice}", (meant,) if meant else words)


def _text(literal: Literal, name: str) -> str:
    if isinstance(literal.value, str) and not isinstance(literal.value, Time):
        return literal.value
    quoted = f'"{_shown(literal)}"'
    raise invalid(literal.at, "invalid_text", f"{name} holds text, which stands in quotes: {quoted}.", (quoted,))


def _time(literal: Literal, name: str) -> Time | Shift:
    value = literal.value
    if isinstance(value, float) and not isinstance(value, bool):
        return _milliseconds(literal, value)
    if isinstance(value, str):
        read = parse_relative(value) or parse_date(value)
        if read is not None:
            return read
        raise _not_a_date(literal, value)
    advice = f'{name} is a time: write a date such as "2026-01-31", or "now-30d".'
    raise invalid(literal.at, "invalid_date", advice, ('"now-30d"',))


def _milliseconds(literal: Literal, value: float) -> Time:
    """Read a count of milliseconds since 1970; a small one was surely meant otherwise."""
    if value.is_integer() and _EARLIEST_MILLISECONDS <= abs(value) < 10**14:
        return Time(int(value))
    shown = write_number(value)
    advice = f'{shown} is not a date: write one such as "2026-01-31", "now-30d", or milliseconds since 1970.'
    raise invalid(literal.at, "invalid_date", advice, (f'"now-{shown}d"',) if value.is_integer() and value > 0 else ())


def _not_a_date(literal: Literal, text: str) -> InvalidDefinition:
    found = _RELATIVE_LOOKS.fullmatch(text) or _LENGTH_LOOKS.fullmatch(text)
    if found is None:
        meant = tuple(f'"{day}"' for day in days_in(text))
        advice = f'This is not a date: write one such as {meant[0] if meant else _A_DAY}, {_AN_INSTANT} or "now-30d".'
        return invalid(literal.at, "invalid_date", advice, meant or ('"now-30d"',))
    sign, amount, unit = found.groups() if found.re is _RELATIVE_LOOKS else ("-", found[1], found[2])
    shifted = f"now{sign or '-'}{amount or 30}{unit_of(unit)}"
    if parse_relative(shifted) is None:
        return invalid(literal.at, "invalid_date", "This date is more than a thousand years away.")
    advice = f'Write "{shifted}". Units are {list_units()}; {_MONTH_OR_MINUTE}.'
    return invalid(literal.at, "invalid_date", advice, (f'"{shifted}"',))


def days_in(text: str) -> list[str]:
    """Find the days that a text may mean: 01/02/2026 is in January or in February."""
    if text.strip().lower() in _MEANT:
        return [_MEANT[text.strip().lower()]]
    found = _DAY_LOOKS.fullmatch(text)
    if found is None:
        return []
    first, second, third = found.groups()
    orders = [(first, second, third)] if len(first) == 4 else [(third, first, second), (third, second, first)]
    days = [f"{year}-{month:0>2}-{day:0>2}" for year, month, day in orders if len(year) == 4]
    return [day for day in dict.fromkeys(days) if parse_date(day) is not None]


def duration(literal: Literal) -> Literal:
    """Read a length of time such as `30d`. Raises InvalidDefinition."""
    if isinstance(literal.value, Shift):
        return literal
    text = str(literal.value)
    read = parse_duration(text) if isinstance(literal.value, str) else None
    if read is not None:
        return Literal(read, literal.at)
    found = _LENGTH_LOOKS.fullmatch(text)
    meant = f"{found[1]}{unit_of(found[2])}" if found else "30d"
    advice = f'A length of time is a whole number and a unit, such as "{meant}". Units are {list_units()}.'
    raise invalid(literal.at, "invalid_duration", advice, (f'"{meant}"',))


def _shown(literal: Literal) -> str:
    match literal.value:
        case bool():
            return str(literal.value).lower()
        case float():
            return write_number(literal.value)
        case _:
            return f'"{literal.value}"'
