"""What a field of a profile can hold, shared by the domain (which stores it) and the language (which asks about it).

A number is always a `float` and a time always a `Time`, so that the exact Python type of a value tells its field type.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum, StrEnum

MILLISECONDS_A_DAY = 86_400_000


class Time(int):
    """An instant in whole milliseconds since 1970-01-01 UTC."""

    __slots__ = ()


Value = str | float | bool | Time | frozenset[str] | Mapping[str, float]


class Trust(IntEnum):
    """How far a statement is believed, set by the server from the key it came with."""

    CLAIMED = 0
    VERIFIED = 1
    SERVER = 2


class FieldType(StrEnum):
    """Type of a field; decides its operators."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    SET = "set"
    MAP = "map"


class Motion(StrEnum):
    """How a field's tests move when nothing happens: not at all, against `now`, or downwards."""

    STILL = "still"
    AGEING = "ageing"
    DECAYING = "decaying"


_TYPES: dict[type, FieldType] = {
    str: FieldType.STRING,
    float: FieldType.NUMBER,
    bool: FieldType.BOOLEAN,
    Time: FieldType.TIME,
    frozenset: FieldType.SET,
    dict: FieldType.MAP,
}


def type_of(value: Value) -> FieldType:
    """Tell the field type of a value."""
    return _TYPES[type(value)]


def parse_time(text: str) -> Time | None:
    """Read an ISO 8601 date or time (no offset means UTC, a bare date its UTC midnight); None if it is not one."""
    if len(text) < 10 or text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return Time(moment.timestamp() * 1000 // 1)
    except (OverflowError, ValueError):
        return None


def format_time(at: int) -> str:
    """Write an instant as ISO 8601 with milliseconds and an offset."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
