"""From rows back to the tree and its text; what is not finished yet is told apart, never guessed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from console.rules import Everyone, Group, How, InAudience, Item, Rule, Written
from console.rules_operators import Control, Operator, operator_by
from engine.errors import InvalidDefinition
from engine.language.checker import check
from engine.language.naming import parts_of
from engine.language.nodes import (
    All,
    And,
    Between,
    Compare,
    Contains,
    Exists,
    In,
    Include,
    Intersects,
    Like,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Order,
    Test,
)
from engine.language.parser import parse
from engine.language.printer import to_text
from engine.language.types import Vocabulary
from engine.language.words import write_name

ELLIPSIS = "…"


def node_of(root: Group) -> Node:
    """Give the tree of finished rows. Raises InvalidDefinition where a written rule cannot be read."""
    match root:
        case Group(How.ALL | How.ANY, (item,)):
            return _node(item)
        case _:
            return _node(root)


def text_of(root: Group) -> str:
    """Write rows in the language; an unfinished rule stands as far as it goes, with … for what is missing."""
    if not root.items:
        return ""
    gaps: list[str] = []
    text = to_text(node_of(_gapped(root, gaps)))
    for at, gap in enumerate(gaps):
        text = text.replace(_mark(at), gap)
    return text


def _gapped(group: Group, gaps: list[str]) -> Group:
    """Put an audience of a name that nobody can type in the place of each rule that has no tree yet."""
    items: list[Item] = []
    for item in group.items:
        if isinstance(item, Group) and item.items:
            items.append(_gapped(item, gaps))
        elif (gap := _gap(item)) is None:
            items.append(item)
        else:
            items.append(InAudience(_name(len(gaps))))
            gaps.append(gap)
    return Group(group.how, tuple(items))


def _name(at: int) -> str:
    return f"\ue000{at}\ue001"


def _mark(at: int) -> str:
    return to_text(Include(_name(at)))


def _gap(item: Item) -> str | None:
    """Write what there is of an unfinished item; None for one that has a tree."""
    if isinstance(item, Written) and item.text.strip():
        return None if _is_readable(item.text) else item.text.strip()
    if missing(item) is None:
        return None
    if isinstance(item, Rule) and item.field:
        operator = operator_by(item.operator)
        sign = operator.word if operator else ELLIPSIS
        return f"{write_name(parts_of(item.field))} {sign} {ELLIPSIS}"
    return ELLIPSIS


def _is_readable(text: str) -> bool:
    try:
        parse(text)
    except InvalidDefinition:
        return False
    return True


def missing(item: Item) -> str | None:
    """Say what an item still needs, as the end of "Rule 2 needs …"; None when it is finished."""
    match item:
        case Rule():
            return _missing_of(item)
        case InAudience(slug):
            return None if slug else "an audience"
        case Written(text):
            return None if text.strip() else "a rule in the segment language"
        case Group(_, items):
            return None if items else "a rule in it, or to be removed"
        case Everyone():
            return None
        case _:
            assert_never(item)


def _missing_of(rule: Rule) -> str | None:
    operator = operator_by(rule.operator)
    if not rule.field:
        return "an attribute"
    if operator is None:
        return "an operator"
    if operator.keyed and not rule.key:
        return "a topic"
    if len([value for value in rule.values if value]) >= operator.control.takes:
        return None
    return _WANTED.get(operator.control, "a value")


_WANTED = {
    Control.NUMBER: "a number",
    Control.RANGE: "two numbers",
    Control.AGE: "a length of time",
    Control.AGES: "two lengths of time",
    Control.DATE: "a date",
    Control.DATES: "two dates",
    Control.TEXTS: "at least one value",
    Control.NUMBERS: "at least one number",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """What there is to say of the rule at a place in reading order, counted from 0."""

    at: int
    says: str
    item: Item


def gaps(root: Group) -> Iterator[Remark]:
    """Tell what is missing, as the ends of "Rule 2 needs …"."""
    for at, item in enumerate(_in_order(root)):
        if (needs := missing(item)) is not None:
            yield Remark(at, needs, item)


def faults(root: Group, vocabulary: Vocabulary) -> Iterator[Remark]:
    """Tell what is wrong with finished rules, each by itself."""
    for at, item in enumerate(_in_order(root)):
        if isinstance(item, Group):
            continue
        try:
            check(_node(item), vocabulary)
        except InvalidDefinition as error:
            yield Remark(at, error.message, item)


def _in_order(group: Group) -> Iterator[Item]:
    """Give every item inside a group, groups before what is in them."""
    for item in group.items:
        yield item
        if isinstance(item, Group):
            yield from _in_order(item)


def _node(item: Item) -> Node:
    match item:
        case Rule():
            return _test(item)
        case InAudience(slug, denied):
            return Not(Include(slug)) if denied else Include(slug)
        case Everyone():
            return All()
        case Written(text):
            return parse(text)
        case Group():
            return _joined(item)
        case _:
            assert_never(item)


def _joined(group: Group) -> Node:
    items = tuple(map(_node, group.items))
    match group.how:
        case How.ALL:
            return And(items)
        case How.ANY:
            return Or(items)
        case How.NONE:
            return Not(Or(items))
        case How.NOT_ALL:
            return Not(And(items))
        case _:
            assert_never(group.how)


def _test(rule: Rule) -> Node:
    operator = operator_by(rule.operator)
    assert operator is not None
    parts = parts_of(rule.field)
    name = Name((*parts, rule.key) if operator.keyed else parts)
    test = _positive(operator, name, _literals(operator.control, rule.values))
    return Not(test) if operator.denied else test


def _positive(operator: Operator, name: Name, values: tuple[Literal, ...]) -> Test:
    match operator.word:
        case "EXISTS":
            return Exists(name)
        case "TRUE" | "FALSE":
            return Compare(name, Order.EQUAL, Literal(operator.word == "TRUE"))
        case "BETWEEN":
            return Between(name, values[0], values[1])
        case "IN":
            return In(name, values)
        case "INTERSECTS":
            return Intersects(name, values)
        case "CONTAINS":
            return Contains(name, values[0])
        case "LIKE":
            return Like(name, values[0])
        case _:
            return Compare(name, Order(operator.word), values[0])


def _literals(control: Control, values: tuple[str, ...]) -> tuple[Literal, ...]:
    match control:
        case Control.NUMBER | Control.NUMBERS | Control.RANGE:
            return tuple(map(_number, values))
        case Control.AGE | Control.AGES:
            pairs = zip(values[::2], values[1::2], strict=True)
            return tuple(Literal(f"now-{amount}{unit}") for amount, unit in pairs)
        case _:
            return tuple(map(Literal, values))


def _number(value: str) -> Literal:
    """Read a number; what is none stays text, for the checker to say so."""
    try:
        number = float(value)
    except ValueError:
        return Literal(value)
    return Literal(number + 0.0) if math.isfinite(number) else Literal(value)
