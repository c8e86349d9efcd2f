"""A definition in plain English: what each test expects, and one sentence for the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from engine.language.dates import UNITS, Shift
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
    Name,
    Node,
    Not,
    Or,
    Order,
    Test,
)
from engine.language.words import write_date, write_number
from engine.values import FieldType, Time

_MOST_VALUES = 5
_NOT = {"include": "do not include", "includes": "does not include"}
_ORDERS = {
    Order.EQUAL: "is",
    Order.LESS: "is less than",
    Order.AT_MOST: "is at most",
    Order.MORE: "is more than",
    Order.AT_LEAST: "is at least",
}
_AGES = {
    Order.EQUAL: "is",
    Order.LESS: "is more than {} ago",
    Order.AT_MOST: "is at least {} ago",
    Order.MORE: "is less than {} ago",
    Order.AT_LEAST: "is at most {} ago",
}
_DATES = {Order.EQUAL: "is", Order.LESS: "is before", Order.AT_MOST: "is at or before"}
_DATES |= {Order.MORE: "is after", Order.AT_LEAST: "is at or after"}


def summarise(node: Node) -> str:
    """Say in one sentence whom a definition matches."""
    match node:
        case All():
            return "Everyone."
        case Not(All()):
            return "Nobody."
        case _:
            return f"People {_clause(node, nested=False)}."


def _clause(node: Node, nested: bool) -> str:
    match node:
        case All():
            return "who are anyone at all"
        case And(items):
            return _joined([_clause(item, True) for item in items], "and", nested)
        case Or(items):
            return _joined([_clause(item, True) for item in items], "or", nested)
        case Not(item):
            return _denied(item)
        case Include(slug):
            return f"who are in the audience {slug}"
        case Did():
            return f"who did {expected_events(node)}"
        case _:
            return f"whose {_in_sentence(node.name)} {expected(node)}"


def _denied(item: Node) -> str:
    match item:
        case Include(slug):
            return f"who are not in the audience {slug}"
        case Did():
            return f"who did not do {expected_events(item)}"
        case All() | And() | Or() | Not():
            return f"other than those {_clause(item, True)}"
        case _:
            return f"whose {_in_sentence(item.name)} {denied(item)}"


def _joined(clauses: Sequence[str], word: str, nested: bool) -> str:
    if len(clauses) == 1:
        return clauses[0]
    text = f"{', '.join(clauses[:-1])} {word} {clauses[-1]}"
    return f"({text})" if nested else text


def label(name: Name) -> str:
    """Name a field for people."""
    if name.resolved is None:
        return ".".join(name.parts)
    return name.resolved.label if name.key is None else f"{name.resolved.label} for {name.key}"


def _in_sentence(name: Name) -> str:
    """Name a field within a sentence: `Score: momentum` becomes `momentum score`, `UTM sources` stays."""
    words = label(name)
    kind, colon, rest = words.partition(": ")
    words = f"{rest} {kind.lower()}" if colon else words
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def expected(test: Test) -> str:
    """Say what a test expects, as the end of "its value …"."""
    match test:
        case Exists():
            return "is known"
        case Compare(_, order, value):
            return _compared(order, value)
        case Between(_, low, high):
            return f"is between {shown(low)} and {shown(high)}"
        case In(name, values) | Intersects(name, values):
            return f"{_holds(name)} {_listed(values)}"
        case Contains(_, value):
            return f"contains {shown(value)}"
        case Like(_, pattern):
            return f"looks like {shown(pattern)}"
        case _:
            assert_never(test)


def _holds(name: Name) -> str:
    """Give the verb between a field and a list."""
    if name.resolved is None or name.key is not None:
        return "is"
    return {FieldType.SET: "include", FieldType.MAP: "includes"}.get(name.resolved.type, "is")


def denied(test: Test) -> str:
    """Say the opposite of what a test expects."""
    match test:
        case Exists():
            return "is not known"
        case In(name, values) | Intersects(name, values):
            return _denied_list(_holds(name), values)
        case Contains(_, value):
            return f"does not contain {shown(value)}"
        case Like(_, pattern):
            return f"does not look like {shown(pattern)}"
        case Compare() | Between():
            return expected(test).replace("is", "is not", 1)
        case _:
            assert_never(test)


def _denied_list(verb: str, values: Sequence[Literal]) -> str:
    if len(values) == 1:
        return f"is not {shown(values[0])}" if verb == "is" else f"{_NOT[verb]} {shown(values[0])}"
    return f"{verb} none of {_listed(values, 'and')}"


def expected_events(test: Did) -> str:
    """Say what a DID expects."""
    parts = [f'"{test.event}"']
    if (test.bound, test.count.value) != (Bound.AT_LEAST, 1.0):
        times = "time" if test.count.value == 1.0 else "times"
        parts.append(f"{test.bound.value.lower()} {shown(test.count)} {times}")
    match test.window:
        case Last(length):
            span = length.value
            parts.append(f"in the last {_span(span) if isinstance(span, Shift) else shown(length)}")
        case Dates(start, end):
            parts.append(f"between {shown(start)} and {shown(end)}")
    if test.where is not None:
        parts.append(f"where {_condition(test.where)}")
    return " ".join(parts)


def _condition(node: Node) -> str:
    """Say what WHERE asks of an event."""
    match node:
        case All():
            return "anything holds"
        case And(items):
            return _joined([_condition(item) for item in items], "and", nested=True)
        case Or(items):
            return _joined([_condition(item) for item in items], "or", nested=True)
        case Not(Exists() | Compare() | Between() | In() | Intersects() | Contains() | Like() as test):
            return f"{_in_sentence(test.name)} {denied(test)}"
        case Not(item):
            return f"it is not so that {_condition(item)}"
        case Include() | Did():
            raise AssertionError("WHERE asks about properties only")
        case _:
            return f"{_in_sentence(node.name)} {expected(node)}"


def _compared(order: Order, literal: Literal) -> str:
    match literal.value:
        case Shift(amount=amount) as shift if amount < 0:
            return _AGES[order].format(_span(shift))
        case Shift() | Time():
            return f"{_DATES[order]} {shown(literal)}"
        case _:
            return f"{_ORDERS[order]} {shown(literal)}"


def _span(shift: Shift) -> str:
    amount = abs(shift.amount)
    return f"{amount:,} {UNITS[shift.unit]}{'' if amount == 1 else 's'}"


def _listed(values: Sequence[Literal], join: str = "or") -> str:
    words = [shown(value) for value in values[:_MOST_VALUES]]
    if len(values) > _MOST_VALUES:
        words.append(f"{len(values) - _MOST_VALUES} more")
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {join} {words[-1]}"


def shown(literal: Literal) -> str:
    """Show one value."""
    match literal.value:
        case None:
            return "nothing"
        case bool():
            return "true" if literal.value else "false"
        case Time():
            return write_date(literal.value)
        case Shift(amount=amount) as shift:
            when = "ago" if amount < 0 else "from now"
            return f"{_span(shift)} {when}" if amount else "now"
        case str():
            return f'"{literal.value}"'
        case float():
            return write_number(literal.value)
        case _:
            assert_never(literal.value)
