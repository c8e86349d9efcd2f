"""Rows as a form sends them: a flat run of fields in reading order, where `group` opens and `end` closes a group.

No field is numbered, so that a browser may copy, add or take away rows by moving elements alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from console.rules import Everyone, Group, How, InAudience, Item, Rule, Written
from console.rules_operators import Operator, fitting, operator_by, operators_for
from engine.errors import InvalidValue
from engine.language.types import Vocabulary

MOST_ITEMS = 1_000
MOST_DEPTH = 20
_HOWS = frozenset(How)
_BEGINNINGS = frozenset({"group", "rule", "audience", "everyone", "written"})
Pairs = Iterable[tuple[str, str]]


@dataclass(slots=True)
class _Open:
    """A group that is being read."""

    how: How
    items: list[Item] = field(default_factory=list)

    def closed(self) -> Group:
        return Group(self.how, tuple(self.items))


def read_rows(pairs: Pairs) -> Group:
    """Read the outermost group of a form. Raises InvalidValue beyond any sensible size."""
    items = read_items(pairs)
    return items[0] if len(items) == 1 and isinstance(items[0], Group) else Group(How.ALL, items)


def read_items(pairs: Pairs) -> tuple[Item, ...]:
    """Read rows; fields of other names are passed over. Raises InvalidValue beyond any sensible size."""
    open_groups = [_Open(How.ALL)]
    count = 0
    for name, value in pairs:
        count += name in _BEGINNINGS
        if count > MOST_ITEMS or len(open_groups) > MOST_DEPTH:
            raise InvalidValue(f"At most {MOST_ITEMS:,} rules in {MOST_DEPTH} levels of groups.", ("definition",))
        _take(name, value.replace("\r\n", "\n"), open_groups)
    while len(open_groups) > 1:
        _close(open_groups)
    return tuple(open_groups[0].items)


def _take(name: str, value: str, open_groups: list[_Open]) -> None:
    items = open_groups[-1].items
    match name:
        case "group":
            open_groups.append(_Open(How(value) if value in _HOWS else How.ALL))
        case "end" if len(open_groups) > 1:
            _close(open_groups)
        case _ if name in _BEGINNINGS:
            items.append(_begun(name, value))
        case _ if items:
            items[-1] = _with(items[-1], name, value)


def _begun(name: str, value: str) -> Item:
    match name:
        case "audience":
            return InAudience(denied=value == "not_in")
        case "everyone":
            return Everyone()
        case "written":
            return Written(value)
        case _:
            return Rule(value)


def _with(item: Item, name: str, value: str) -> Item:
    """Give the item with one more of its fields."""
    match item, name:
        case InAudience(), "include":
            return replace(item, slug=value)
        case Rule(), "operator":
            return replace(item, operator=value)
        case Rule(), "key":
            return replace(item, key=value)
        case Rule(values=values), "value":
            return replace(item, values=(*values, value))
        case _:
            return item


def _close(open_groups: list[_Open]) -> None:
    group = open_groups.pop().closed()
    open_groups[-1].items.append(group)


def fitted(item: Item, vocabulary: Vocabulary) -> Item:
    """Give rows whose operators suit their fields, with as many values as those take."""
    match item:
        case Group(how, items):
            return Group(how, tuple(fitted(inner, vocabulary) for inner in items))
        case Rule():
            return _fitted(item, vocabulary)
        case _:
            return item


def fitted_group(group: Group, vocabulary: Vocabulary) -> Group:
    """Do the same for the outermost group."""
    return replace(group, items=tuple(fitted(item, vocabulary) for item in group.items))


def _fitted(rule: Rule, vocabulary: Vocabulary) -> Rule:
    found = vocabulary.field(rule.field) if rule.field else None
    if found is None:
        return Rule()
    offered: Sequence[Operator] = operators_for(found.type)
    operator = operator_by(rule.operator)
    if operator is None or operator not in offered:
        return Rule(found.name, offered[0].code, "", fitting((), offered[0].control))
    key = rule.key if operator.keyed else ""
    return Rule(found.name, operator.code, key, fitting(rule.values, operator.control))


def write_rows(item: Item) -> Iterator[tuple[str, str]]:
    """Give the fields of a form for some rows: what the templates render, and `read_rows` reads."""
    match item:
        case Group(how, items):
            yield "group", how.value
            for inner in items:
                yield from write_rows(inner)
            yield "end", "group"
        case Rule(name, code, key, values):
            yield from (("rule", name), ("operator", code))
            yield from (("key", key),) if key else ()
            yield from (("value", value) for value in values)
        case InAudience(slug, denied):
            yield from (("audience", "not_in" if denied else "in"), ("include", slug))
        case Everyone():
            yield "everyone", "yes"
        case Written(text):
            yield "written", text
        case _:
            assert_never(item)
