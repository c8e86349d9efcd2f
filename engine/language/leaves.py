"""Reading a field for a test, and finding the operator that makes it: every pass over a checked tree starts here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

from engine.language.nodes import Between, Compare, Contains, Exists, In, Intersects, Like, Name, Test
from engine.language.operators import between, compare, listed, text
from engine.language.operators.kinds import PYTHON_TYPES, Bind, Changes, Holds, Many
from engine.language.types import Field, Fields, MovingFields

Read = Callable[[Fields | MovingFields], Any]


def field_of(name: Name) -> Field:
    """Give the field of a checked name."""
    assert name.resolved is not None, "only checked trees are evaluated"
    return name.resolved


def reader(name: Name) -> Read:
    """Read a field: None where it is missing, or of another type than the definition fixed."""
    field, key = field_of(name), name.key
    kind = PYTHON_TYPES[field.type]

    def read(fields: Fields | MovingFields) -> Any:
        value = fields[field.name]
        if type(value) is not kind:
            return None
        return value if key is None else value.get(key)  # type: ignore[union-attr]

    return read


def holds(test: Test) -> Holds:
    """Give what decides for a value that is there."""
    match test:
        case Exists():
            return lambda value, now: True
        case Compare():
            return compare.holds(test)
        case Between():
            return between.holds(test)
        case In() | Intersects():
            return listed.holds(test)
        case Contains() | Like():
            return text.holds(test)
        case _:
            assert_never(test)


def many(test: Test) -> Many:
    """Give what decides for an array of numbers, instants or truths; NaN, where the value is missing, never matches."""
    match test:
        case Exists():
            return lambda values, now: values == values
        case Compare():
            return compare.holds(test)
        case Between():
            return between.many(test)
        case In() | Intersects():
            return listed.many(test)
        case Contains() | Like():
            raise AssertionError("only texts have parts")
        case _:
            assert_never(test)


def changes(test: Test) -> Changes | None:
    """Give what tells the next turn; None for a test that stands still while nothing happens."""
    match test:
        case Compare():
            return compare.changes(test)
        case Between():
            return between.changes(test)
        case In() | Intersects():
            return listed.changes(test)
        case Exists() | Contains() | Like():
            return None
        case _:
            assert_never(test)


def python(test: Test, variable: str, bind: Bind) -> str | None:
    """Give the Python expression that decides; None where being there is enough."""
    match test:
        case Exists():
            return None
        case Compare():
            return compare.python(test, variable, bind)
        case Between():
            return between.python(test, variable, bind)
        case In() | Intersects():
            return listed.python(test, variable, bind)
        case Contains() | Like():
            return text.python(test, variable, bind)
        case _:
            assert_never(test)
