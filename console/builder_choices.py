"""What the builder offers to choose from: attributes, events and properties with what is known of them; operators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from console.rules import Rule
from console.rules_operators import Control, Offer, Operator, operator_by, operators_for, operators_in_where
from console.rules_words import Words, field_of, seen_property
from console.types_seen import TYPE_WORDS, also_seen
from engine.catalog import BUILT_IN
from engine.domain.occurrences import PAGE
from engine.language.checker import check
from engine.language.dates import UNITS
from engine.language.events import BUILT_IN as LOCAL
from engine.language.nodes import Did
from engine.language.types import Field, noun_of
from engine.seen import AttributeSeen, EventSeen
from engine.values import FieldType

SPANS = [(letter, f"{word}s") for letter, word in UNITS.items()]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BUILT_IN = frozenset(one.field.name for one in BUILT_IN)


@dataclass(frozen=True, slots=True)
class Choice:
    """An attribute to choose, an event, or a property of one."""

    name: str
    label: str
    type: str
    seen: str
    conflict: str = ""
    description: str = ""


def is_built_in(one: AttributeSeen) -> bool:
    """Tell whether Rollcall itself works an attribute out."""
    return one.event is None and one.field.name in _BUILT_IN


def attribute_choice(one: AttributeSeen, typed: str = "") -> Choice:
    """Say what is known of an attribute; a built-in one is worked out for everyone, so its count says nothing."""
    if not is_built_in(one):
        return _choice(one, "none has it yet" if one.is_declared and not one.count else f"{one.count:,} have it")
    alias = next((alias for alias in one.aliases if typed and typed.lower() in alias.lower()), "")
    return _choice(one, f"built in, also called {alias}" if alias else "built in")


def property_choice(one: AttributeSeen) -> Choice:
    """Say what is known of a property of an event; its page and its local time are not counted apart."""
    if one.field.name in LOCAL:
        return _choice(one, "known of every event")
    return _choice(one, "known of its page" if one.field.name in PAGE else _seen(one.count))


def event_choice(one: EventSeen) -> Choice:
    """Say what is known of an event."""
    return Choice(one.name, one.label, "", _seen(one.count))


def _choice(one: AttributeSeen, seen: str) -> Choice:
    field = one.field
    return Choice(field.name, field.label, TYPE_WORDS[field.type], seen, also_seen(one), field.description)


def _seen(count: int) -> str:
    return "seen once" if count == 1 else f"seen {count:,} times"


def unseen(event: str, words: Words) -> str:
    """Say that an event was never seen, and which one may be meant; nothing of one that was."""
    warnings = check(Did(event), words, words).warnings if event else ()
    return warnings[0].message if warnings else ""


@dataclass(frozen=True, slots=True)
class Row:
    """A rule with what its row must offer; `event` is the one whose property it is about."""

    rule: Rule
    event: str | None = None
    field: Field | None = None
    operator: Operator | None = None
    offered: Sequence[tuple[str, Sequence[Operator]]] = ()
    """Operators in groups; the usual ones stand under no name."""
    is_seen: bool = True
    suggests: bool = False
    """Whether values seen in the data can be offered."""

    @property
    def hint(self) -> str:
        """What people should know of its values."""
        if self.field is None or self.operator is None:
            return ""
        hint = self.operator.hint
        if self.event is not None:
            hint = hint.replace("people who have", "events that have")
        return " ".join(filter(None, (self._range(self.field, self.operator), hint)))

    def _range(self, field: Field, operator: Operator) -> str:
        """Tell the scale of a number that has one, or what a property never seen is taken as."""
        if not self.is_seen:
            return f"Never seen with this event: taken as {noun_of(field.type)}."
        if self.event is not None:
            return field.description if operator.control is not Control.NONE else ""
        if operator.control not in (Control.NUMBER, Control.RANGE):
            return ""
        if operator.keyed:
            return "From 0 to 1."
        return "From 0 to 100." if field.name.startswith("score_") else ""


def row(rule: Rule, words: Words, event: str | None = None) -> Row:
    """Find what the row of a rule must offer, or that of a condition on an event."""
    field, operator = field_of(rule, words, event), operator_by(rule.operator)
    if field is None or operator is None:
        return Row(rule, event)
    is_seen = event is None or seen_property(rule.field, words, event) is not None
    if event is None:
        offered = _by_offer(operators_for(field.type), operator, "Also people with no value")
    elif is_seen:
        offered = _by_offer(operators_in_where(field.type), operator, "Also events with no value")
    else:
        offered = _by_type(operator)
    suggests = field.type in (FieldType.STRING, FieldType.SET, FieldType.MAP)
    return Row(rule, event, field, operator, offered, is_seen, suggests)


def _by_offer(operators: Sequence[Operator], chosen: Operator, or_missing: str) -> list[tuple[str, Sequence[Operator]]]:
    shown = [one for one in operators if one.offer is not Offer.RARE or one == chosen]
    apart = [one for one in shown if one.offer is Offer.OR_MISSING]
    return [("", [one for one in shown if one not in apart]), (or_missing, apart)]


def _by_type(chosen: Operator) -> list[tuple[str, Sequence[Operator]]]:
    """Offer the operators of every type for a property never seen, whose type nobody knows yet."""
    usual = {
        type_: [one for one in operators_in_where(type_) if one.offer is Offer.USUAL or one == chosen]
        for type_ in TYPE_WORDS
    }
    return [(TYPE_WORDS[type_], operators) for type_, operators in usual.items() if type_ is not FieldType.MAP]


def is_day(value: str) -> bool:
    """Tell whether a date field of a browser can hold this date."""
    return _DAY.fullmatch(value) is not None
