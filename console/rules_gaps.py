"""What rows still need, told apart from what is wrong with them; never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from console.rules import EventRule, Everyone, Group, InAudience, Item, Rule, When, Written
from console.rules_operators import Control, operator_by


def missing(item: Item, is_condition: bool = False) -> str | None:
    """Say what an item still needs, as the end of "Rule 2 needs …"; None when it is finished."""
    match item:
        case Rule():
            return _missing_of(item, "a property" if is_condition else "an attribute")
        case EventRule():
            return _missing_of_event(item)
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


def _missing_of_event(rule: EventRule) -> str | None:
    if not rule.event:
        return "an event"
    if not rule.times:
        return "a number of times"
    if all(rule.values):
        return None
    return _WANTED[Control.DATES] if rule.when is When.DATES else "a length of time"


def _missing_of(rule: Rule, what: str) -> str | None:
    operator = operator_by(rule.operator)
    if not rule.field:
        return what
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
    event: str | None = None
    """The event whose property the item is about."""


def gaps(root: Group) -> Iterator[Remark]:
    """Tell what is missing, as the ends of "Rule 2 needs …"."""
    for at, (item, event) in enumerate(in_order(root)):
        if (needs := missing(item, event is not None)) is not None:
            yield Remark(at, needs, item, event)


def in_order(group: Group) -> Iterator[tuple[Item, str | None]]:
    """Give every item inside a group, what holds others before them; a condition comes with its event."""
    for item in group.items:
        yield item, None
        if isinstance(item, Group):
            yield from in_order(item)
        elif isinstance(item, EventRule):
            yield from ((condition, item.event) for condition in item.conditions)
