"""The two scalars of the schema and how they cross the wire: instants are milliseconds inside, ISO 8601 outside."""

from __future__ import annotations

from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from engine.values import format_time, parse_time

DateTime = NewType("DateTime", int)
JSON = NewType("JSON", object)


def instant(at: int | None) -> DateTime | None:
    """Mark milliseconds as a DateTime; None stays None."""
    return None if at is None else DateTime(at)


def read_instant(value: Any) -> DateTime:
    """Read a point in time that says its offset. Raises GraphQLError."""
    at = parse_time(value) if isinstance(value, str) and _says_offset(value) else None
    if at is None:
        raise GraphQLError(f"{value!r} is not a point in time: write it as 2026-01-31T12:00:00Z.")
    return DateTime(at)


def _says_offset(text: str) -> bool:
    clock = text[11:]
    return clock.endswith(("Z", "z")) or "+" in clock or "-" in clock


SCALARS: dict[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="A point in time, ISO 8601 with an offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=format_time,
        parse_value=read_instant,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
