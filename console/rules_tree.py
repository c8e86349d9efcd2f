"""From rows back to the tree and its text; what is not finished yet is told apart, never guessed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import assert_never

from console.rules import EventRule, Everyone, Group, How, InAudience, Item, Rule, When, Written
from console.rules_gaps import Remark, in_order, missing
from console.rules_operators import Control, Operator, operator_by
from console.rules_words import Words
from engine.errors import InvalidDefinition
from engine.language.checker import check
from engine.language.naming import parts_of
from engine.language.nodes import (
    All,
    And,
    Between,
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
from engine.language.parser import parse
from engine.language.printer import to_text
from engine.language.words import write_name, write_text

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
    if isinstance(item, EventRule):
        return _gap_of_event(item)
    if missing(item) is None:
        return None
    if isinstance(item, Rule) and item.field:
        operator = operator_by(item.operator)
        sign = operator.word if operator else ELLIPSIS
        return f"{write_name(parts_of(item.field))} {sign} {ELLIPSIS}"
    return ELLIPSIS


def _gap_of_event(rule: EventRule) -> str | None:
    if missing(rule) is None and not any(map(missing, rule.conditions)):
        return None
    word = "DID NOT" if rule.denied else "DID"
    return f"{word} {write_text(rule.event)} {ELLIPSIS}" if rule.event else f"{word} {ELLIPSIS}"


def _is_readable(text: str) -> bool:
    try:
        parse(text)
    except InvalidDefinition:
        return False
    return True


def faults(root: Group, words: Words) -> Iterator[Remark]:
    """Tell what is wrong with finished rules, each by itself, conditions with their event."""
    for at, (item, event) in enumerate(in_order(root)):
        if isinstance(item, Group) or event is not None:
            continue
        try:
            check(_node(item), words, words)
        except InvalidDefinition as error:
            yield Remark(at, error.message, item)


def _node(item: Item) -> Node:
    match item:
        case Rule():
            return _test(item)
        case EventRule():
            return Not(_did(item)) if item.denied else _did(item)
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


def _did(rule: EventRule) -> Did:
    conditions = tuple(map(_test, rule.conditions))
    where: Node | None = conditions[0] if conditions else None
    if len(conditions) > 1:
        where = Or(conditions) if rule.how is How.ANY else And(conditions)
    return Did(rule.event, rule.bound, _number(rule.times), _window(rule), where)


def _window(rule: EventRule) -> Last | Dates | None:
    match rule.when:
        case When.EVER:
            return None
        case When.LAST:
            return Last(Literal("".join(rule.values)))
        case When.DATES:
            start, end = map(Literal, rule.values)
            return Dates(start, end)
        case _:
            assert_never(rule.when)


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
