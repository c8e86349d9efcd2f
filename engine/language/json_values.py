"""Values of a profile or an event as JSON holds them, read in a field's type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.language.words import write_number
from engine.values import FieldType, Value, parse_time


def guess_json_type(value: Any) -> FieldType | None:
    """Tell the field type that a JSON value looks like; None for null."""
    match value:
        case None:
            return None
        case bool():
            return FieldType.BOOLEAN
        case int() | float():
            return FieldType.NUMBER
        case str():
            return FieldType.STRING if parse_time(value) is None else FieldType.TIME
        case list():
            return FieldType.SET
        case _:
            return FieldType.MAP


def read_json(value: Any, type_: FieldType) -> Value | None:
    """Read a JSON value in a type; None where it is missing or of another type."""
    match type_, value:
        case (FieldType.STRING, str()) | (FieldType.BOOLEAN, bool()):
            return value  # type: ignore[no-any-return]
        case FieldType.NUMBER, int() | float() if not isinstance(value, bool):
            return _number(value)
        case FieldType.TIME, str():
            return parse_time(value)
        case FieldType.SET, list():
            return frozenset(_member(item) for item in value)
        case FieldType.MAP, dict():
            return _entries(value)
        case _:
            return None


def _number(value: float) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def _member(item: Any) -> str:
    match item:
        case bool():
            return "true" if item else "false"
        case int() | float():
            return write_number(float(item))
        case _:
            return str(item)


def _entries(value: Mapping[str, Any]) -> dict[str, float]:
    numbers = {key: read_json(entry, FieldType.NUMBER) for key, entry in value.items()}
    return {key: number for key, number in numbers.items() if isinstance(number, float)}
