"""Rows as a form sends them: a flat run of fields in reading order. `group` and `did` open what `end` closes.

No field is numbered, so that a browser may copy, add or take away rows by moving elements alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import assert_never

from console.rules import EventRule, Everyone, Group, How, InAudience, Item, Rule, When, Written
from console.rules_operators import fitting, operator_by, operators_for, operators_in_where
from console.rules_words import Words, field_of
from engine.errors import InvalidValue
from engine.language.nodes import Bound

MOST_ITEMS = 1_000
MOST_DEPTH = 20
_HOWS = frozenset(How)
_BOUNDS = frozenset(Bound)
_WHENS = frozenset(When)
_BEGINNINGS = frozenset({"group", "did", "rule", "audience", "everyone", "written"})
Pairs = Iterable[tuple[str, str]]


@dataclass(slots=True)
class _Open:
    """A group that is being read, or a rule about an event with its conditions."""

    item: Group | EventRule
    inside: list[Item] = field(default_factory=list)

    def closed(self) -> Item:
        match self.item:
            case Group():
                return replace(self.item, items=tuple(self.inside))
            case EventRule():
                return replace(self.item, conditions=tuple(one for one in self.inside if isinstance(one, Rule)))
            case _:
                assert_never(self.item)


def read_rows(pairs: Pairs) -> Group:
    """Read the outermost group of a form. Raises InvalidValue beyond any sensible size."""
    items = read_items(pairs)
    return items[0] if len(items) == 1 and isinstance(items[0], Group) else Group(How.ALL, items)


def read_items(pairs: Pairs) -> tuple[Item, ...]:
    """Read rows; fields of other names are passed over. Raises InvalidValue beyond any sensible size."""
    open_items = [_Open(Group())]
    count = 0
    for name, value in pairs:
        count += name in _BEGINNINGS
        if count > MOST_ITEMS or len(open_items) > MOST_DEPTH:
            raise InvalidValue(f"At most {MOST_ITEMS:,} rules in {MOST_DEPTH} levels of groups.", ("definition",))
        _take(name, value.replace("\r\n", "\n"), open_items)
    while len(open_items) > 1:
        _close(open_items)
    return tuple(open_items[0].inside)


def _take(name: str, value: str, open_items: list[_Open]) -> None:
    last = open_items[-1]
    match name:
        case "group":
            open_items.append(_Open(Group(How(value) if value in _HOWS else How.ALL)))
        case "did":
            open_items.append(_Open(EventRule(denied=value == "not")))
        case "end" if len(open_items) > 1:
            _close(open_items)
        case _ if name in _BEGINNINGS:
            last.inside.append(_begun(name, value))
        case _ if last.inside:
            last.inside[-1] = _with(last.inside[-1], name, value)
        case _ if isinstance(last.item, EventRule):
            last.item = _with_event(last.item, name, value)


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


def _with_event(rule: EventRule, name: str, value: str) -> EventRule:
    """Give a rule about an event with one more of its own fields."""
    match name:
        case "event":
            return replace(rule, event=value)
        case "bound" if value in _BOUNDS:
            return replace(rule, bound=Bound(value))
        case "times":
            return replace(rule, times=value)
        case "when" if value in _WHENS:
            return replace(rule, when=When(value))
        case "value":
            return replace(rule, values=(*rule.values, value))
        case "where":
            return replace(rule, how=How.ANY if value == How.ANY else How.ALL)
        case _:
            return rule


def _close(open_items: list[_Open]) -> None:
    item = open_items.pop().closed()
    open_items[-1].inside.append(item)


def fitted(item: Item, words: Words) -> Item:
    """Give rows whose operators suit their fields, with as many values as those take."""
    match item:
        case Group(how, items):
            return Group(how, tuple(fitted(inner, words) for inner in items))
        case EventRule(event=event, conditions=conditions):
            values = fitting(item.values, item.when.control)
            return replace(item, values=values, conditions=tuple(fitted_rule(one, words, event) for one in conditions))
        case Rule():
            return fitted_rule(item, words)
        case _:
            return item


def fitted_group(group: Group, words: Words) -> Group:
    """Do the same for the outermost group."""
    return replace(group, items=tuple(fitted(item, words) for item in group.items))


def fitted_rule(rule: Rule, words: Words, event: str | None = None) -> Rule:
    """Do the same for one rule about an attribute, or about a property of an event."""
    found = field_of(rule, words, event)
    if found is None:
        return Rule()
    offered = operators_for(found.type) if event is None else operators_in_where(found.type)
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
        case EventRule():
            yield from _write_event_rule(item)
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


def _write_event_rule(rule: EventRule) -> Iterator[tuple[str, str]]:
    yield from (("did", "not" if rule.denied else "yes"), ("event", rule.event))
    yield from (("bound", rule.bound), ("times", rule.times), ("when", rule.when))
    yield from (("value", value) for value in rule.values)
    yield "where", rule.how
    for condition in rule.conditions:
        yield from write_rows(condition)
    yield "end", "event"
