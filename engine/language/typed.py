"""Whether a test fits its field's type, and its literals read in that type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from engine.errors import InvalidDefinition
from engine.language.dates import Shift, moved
from engine.language.literals import coerce
from engine.language.naming import type_of_name
from engine.language.nodes import Between, Compare, Contains, Exists, In, Intersects, Like, Literal, Test
from engine.language.problems import invalid
from engine.language.types import noun_of, operators_of
from engine.language.words import write_name, write_number, write_text
from engine.values import FieldType

_MEMBERS = (FieldType.SET, FieldType.MAP)
_MARCH, _SEPTEMBER = 1_677_628_800_000, 1_693_526_400_000


def check_test(test: Test) -> Test:
    """Check a test whose name is resolved. Raises InvalidDefinition."""
    type_, name = type_of_name(test.name), write_name(test.name.parts)
    if operator_of(test) not in operators_of(type_):
        raise _wrong_operator(test, type_, name)
    match test:
        case Exists():
            return test
        case Compare() | Contains():
            return replace(test, value=coerce(test.value, type_, name))
        case Like():
            return replace(test, pattern=coerce(test.pattern, type_, name))
        case In() | Intersects():
            entry = FieldType.STRING if type_ in _MEMBERS else type_
            return replace(test, values=tuple(coerce(value, entry, name) for value in test.values))
        case Between():
            typed = replace(test, low=coerce(test.low, type_, name), high=coerce(test.high, type_, name))
            check_bounds(typed.low, typed.high)
            return typed
        case _:
            assert_never(test)


def operator_of(test: Test) -> str:
    """Give the operator as it is written."""
    return test.order.value if isinstance(test, Compare) else type(test).__name__.upper()


def check_bounds(low: Literal, high: Literal) -> None:
    """Refuse bounds that stand in the wrong order. Raises InvalidDefinition."""
    if _is_reversed(low.value, high.value):
        message = "The lower bound comes first: exchange the two, or nobody will match."
        at = replace(low.at, end=high.at.end) if low.at.text else low.at
        exchanged = f"{_written(high)} AND {_written(low)}"
        raise invalid(at, "reversed_bounds", message, (exchanged,) if low.at.text else ())


def _written(literal: Literal) -> str:
    return literal.at.text[literal.at.start : literal.at.end]


def _is_reversed(low: object, high: object) -> bool:
    """Compare bounds of one type; two shifts are compared as of two very different months."""
    if isinstance(low, Shift) and isinstance(high, Shift):
        return all(moved(now, low) > moved(now, high) for now in (_MARCH, _SEPTEMBER))
    if isinstance(low, float | int) and isinstance(high, float | int):
        return low > high
    return False


def _wrong_operator(test: Test, type_: FieldType, name: str) -> InvalidDefinition:
    advice, suggestion = _instead(test, type_, name)
    allowed = ", ".join(operators_of(type_))
    message = f"{name} is {noun_of(type_)}: {operator_of(test)} does not work on it. {advice}Its operators: {allowed}."
    instead = (suggestion,) if suggestion else tuple(_with_operators(test, type_, name)) or operators_of(type_)
    return invalid(test.at, "wrong_operator", message, instead)


def _with_operators(test: Test, type_: FieldType, name: str) -> Iterator[str]:
    """Write the same test with each operator that the type and the value allow."""
    value = next(iter(_values(test)), None)
    try:
        written = None if value is None else _canonical(coerce(value, type_, name))
    except InvalidDefinition:
        return
    for operator in operators_of(type_) if written is not None else ():
        if operator not in ("EXISTS", "BETWEEN", "INTERSECTS"):
            yield f"{name} {operator} ({written})" if operator == "IN" else f"{name} {operator} {written}"


def _instead(test: Test, type_: FieldType, name: str) -> tuple[str, str | None]:
    """Say what was probably meant."""
    texts = [value.value for value in _values(test) if isinstance(value.value, str)]
    quoted = ", ".join(map(write_text, texts)) or '"…"'
    match type_, operator_of(test):
        case FieldType.SET, "=" | "CONTAINS" | "LIKE":
            return _suggest(f"{name} INTERSECTS ({quoted})")
        case FieldType.MAP, "=" | "<" | "<=" | ">" | ">=" | "BETWEEN":
            return _suggest(f"{name}.`key` > 0.5")
        case FieldType.MAP, "CONTAINS" | "LIKE":
            return _suggest(f"{name} INTERSECTS ({quoted})")
        case FieldType.STRING, "INTERSECTS":
            return _suggest(f"{name} IN ({quoted})")
        case FieldType.TIME, "=" | "IN" | "LIKE" | "CONTAINS":
            return _suggest(f'{name} BETWEEN "2026-01-31" AND "2026-01-31T23:59:59.999Z"')
        case _:
            return "", None


def _suggest(text: str) -> tuple[str, str]:
    return f"Write {text}. ", text


def _canonical(literal: Literal) -> str:
    match literal.value:
        case bool():
            return "true" if literal.value else "false"
        case float():
            return write_number(literal.value)
        case _:
            return write_text(str(literal.value))


def _values(test: Test) -> Sequence[Literal]:
    match test:
        case Compare() | Contains():
            return (test.value,)
        case Like():
            return (test.pattern,)
        case In() | Intersects():
            return test.values
        case _:
            return ()
