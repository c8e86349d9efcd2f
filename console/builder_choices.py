"""What the builder offers to choose from: attributes with what is known of them, operators, audiences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from console.rules import Rule
from console.rules_operators import Offer, Operator, operator_by, operators_for
from engine.catalog import BUILT_IN
from engine.language.dates import UNITS
from engine.language.types import Field, Vocabulary
from engine.seen import AttributeSeen
from engine.values import FieldType

TYPE_WORDS = {
    FieldType.STRING: "Text",
    FieldType.NUMBER: "Number",
    FieldType.BOOLEAN: "Yes or no",
    FieldType.TIME: "Time",
    FieldType.SET: "List",
    FieldType.MAP: "Topics",
}
SPANS = [(letter, f"{word}s") for letter, word in UNITS.items()]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BUILT_IN = frozenset(one.field.name for one in BUILT_IN)


@dataclass(frozen=True, slots=True)
class Choice:
    """An attribute to choose."""

    name: str
    label: str
    type: str
    seen: str
    conflict: str = ""


def choice(one: AttributeSeen) -> Choice:
    """Say what is known of an attribute; a built-in one is worked out for everyone, so its count says nothing."""
    also = " and ".join(TYPE_WORDS[type_].lower() for type_ in one.conflicting)
    seen = "built in" if one.field.name in _BUILT_IN else f"{one.count:,} have it"
    return Choice(
        one.field.name, one.field.label, TYPE_WORDS[one.field.type], seen, f"also seen as {also}" if also else ""
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A rule with what its row must offer."""

    rule: Rule
    field: Field | None = None
    operator: Operator | None = None
    usual: Sequence[Operator] = ()
    or_missing: Sequence[Operator] = ()
    suggests: bool = False
    """Whether values seen in the data can be offered."""

    @property
    def range(self) -> str:
        """The scale of a number that has one."""
        if self.field is None or self.operator is None or self.operator.control.value not in ("number", "range"):
            return ""
        if self.operator.keyed:
            return "From 0 to 1."
        return "From 0 to 100." if self.field.name.startswith("score_") else ""


def row(rule: Rule, vocabulary: Vocabulary) -> Row:
    """Find what a rule's row must offer."""
    field = vocabulary.field(rule.field) if rule.field else None
    operator = operator_by(rule.operator)
    if field is None or operator is None:
        return Row(rule)
    offered = [one for one in operators_for(field.type) if one.offer is not Offer.RARE or one == operator]
    return Row(
        rule,
        field,
        operator,
        [one for one in offered if one.offer is not Offer.OR_MISSING],
        [one for one in offered if one.offer is Offer.OR_MISSING],
        field.type in (FieldType.STRING, FieldType.SET, FieldType.MAP),
    )


def is_day(value: str) -> bool:
    """Tell whether a date field of a browser can hold this date."""
    return _DAY.fullmatch(value) is not None
