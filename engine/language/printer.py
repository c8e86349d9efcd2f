"""From tree to canonical text: prefix groups, upper-case words, one line where it fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from engine.language.dates import Shift
from engine.language.nodes import (
    All,
    And,
    Between,
    Bound,
    Compare,
    Contains,
    Dates,
    Did,
    Exists,
    In,
    Include,
    Intersects,
    Last,
    Like,
    Literal,
    Node,
    Not,
    Or,
    Order,
    Test,
)
from engine.language.words import write_date, write_duration, write_name, write_number, write_shift, write_text
from engine.values import Time

_WIDTH = 100


def to_text(node: Node) -> str:
    """Write a definition so that reading it gives the same tree."""
    return _write(node, "")


def _write(node: Node, indent: str) -> str:
    match node:
        case All():
            return "*"
        case And(items):
            return _group("AND", items, indent)
        case Or(items):
            return _group("OR", items, indent)
        case Not(item):
            return _denied(item, indent)
        case Include(slug):
            return f"INCLUDE {write_name((slug,))}"
        case Did():
            return _did(node, "DID", indent)
        case _:
            return _test(node)


def _group(word: str, items: Sequence[Node], indent: str) -> str:
    written = [_write(item, indent + "  ") for item in items]
    line = f"{word} ({', '.join(written)})"
    if len(indent) + len(line) <= _WIDTH and "\n" not in line:
        return line
    return f"{word} (\n" + ",\n".join(f"{indent}  {item}" for item in written) + f"\n{indent})"


def _denied(item: Node, indent: str) -> str:
    match item:
        case Compare(name, Order.EQUAL, value):
            return f"{write_name(name.parts)} != {literal(value)}"
        case In() | Intersects() | Contains() | Like() | Between():
            return _test(item, "NOT ")
        case Did():
            return _did(item, "DID NOT", indent)
        case _:
            return f"NOT {_write(item, indent)}"


def _test(test: Test, negation: str = "") -> str:
    name = write_name(test.name.parts)
    match test:
        case Exists():
            return f"EXISTS {name}"
        case Compare(_, order, value):
            return f"{name} {order} {literal(value)}"
        case Between(_, low, high):
            return f"{name} {negation}BETWEEN {literal(low)} AND {literal(high)}"
        case In(_, values):
            return f"{name} {negation}IN ({', '.join(map(literal, values))})"
        case Intersects(_, values):
            return f"{name} {negation}INTERSECTS ({', '.join(map(literal, values))})"
        case Contains(_, value):
            return f"{name} {negation}CONTAINS {literal(value)}"
        case Like(_, pattern):
            return f"{name} {negation}LIKE {literal(pattern)}"
        case _:
            assert_never(test)


def _did(test: Did, word: str, indent: str) -> str:
    parts = [word, write_text(test.event)]
    if (test.bound, test.count.value) != (Bound.AT_LEAST, 1.0):
        parts += [test.bound, literal(test.count), "TIME" if test.count.value == 1.0 else "TIMES"]
    match test.window:
        case Last(length):
            parts += ["IN LAST", _length(length)]
        case Dates(start, end):
            parts += ["BETWEEN", literal(start), "AND", literal(end)]
    if test.where is not None:
        parts += ["WHERE", _write(test.where, indent)]
    return " ".join(parts)


def _length(length: Literal) -> str:
    return write_text(write_duration(length.value)) if isinstance(length.value, Shift) else literal(length)


def literal(value: Literal) -> str:
    """Write one value."""
    match value.value:
        case None:
            return "null"
        case bool():
            return "true" if value.value else "false"
        case Time():
            return write_text(write_date(value.value))
        case Shift():
            return write_text(write_shift(value.value))
        case str():
            return write_text(value.value)
        case float():
            return write_number(value.value)
        case _:
            assert_never(value.value)
