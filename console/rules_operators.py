"""What a row may ask of a field: its operators in plain English, by type, and the controls that each needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.language.dates import UNITS
from engine.values import FieldType


class Control(StrEnum):
    """What a row shows for the values of a test."""

    NONE = "none"
    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"
    NUMBERS = "numbers"
    RANGE = "range"
    AGE = "age"
    AGES = "ages"
    DATE = "date"
    DATES = "dates"

    @property
    def is_list(self) -> bool:
        """Whether it takes as many values as there are."""
        return self in (Control.TEXTS, Control.NUMBERS)

    @property
    def takes(self) -> int:
        """How many values it takes, at least one for a list. An age is an amount and a unit."""
        return _COUNTS.get(self, 1)


_COUNTS = {Control.NONE: 0, Control.RANGE: 2, Control.AGE: 2, Control.AGES: 4, Control.DATES: 2}


class Offer(StrEnum):
    """Where an operator stands in the list of choices: RARE ones only where a rule has it already."""

    USUAL = "usual"
    OR_MISSING = "or missing"
    RARE = "rare"


@dataclass(frozen=True, slots=True)
class Operator:
    """One choice: `word` as in the language, perhaps denied, on a field or on one entry of it (`keyed`)."""

    code: str
    label: str
    word: str
    denied: bool
    control: Control
    keyed: bool = False
    offer: Offer = Offer.USUAL

    @property
    def hint(self) -> str:
        """What people should know who choose it."""
        if self.denied and self.word != "EXISTS":
            return "Also people who have no value here."
        return _HINTS.get(self.control, "") if self.word != "LIKE" else _PATTERN


_PATTERN = "* stands for any characters; capital letters count."
_HINTS = {
    Control.TEXT: "Capital letters count.",
    Control.DATE: "A day begins at midnight UTC.",
    Control.DATES: "A day begins at midnight UTC; both ends count.",
    Control.RANGE: "Both ends count.",
}

# Word, label, label of its exact opposite, control. Two orders are each other's opposite only among those who have a
# value, so the true opposite of one is offered apart, by what it says: "… or nothing known".
_Row = tuple[str, str, str, Control]
_EXISTS: _Row = ("EXISTS", "has any value", "has no value", Control.NONE)
_TEXT: Sequence[_Row] = (
    ("=", "is", "is not", Control.TEXT),
    ("IN", "is one of", "is none of", Control.TEXTS),
    ("CONTAINS", "contains", "does not contain", Control.TEXT),
    ("LIKE", "looks like", "does not look like", Control.TEXT),
    _EXISTS,
)
_NUMBER: Sequence[_Row] = (
    (">", "is more than", "is not more than", Control.NUMBER),
    (">=", "is at least", "is not at least", Control.NUMBER),
    ("<", "is less than", "is not less than", Control.NUMBER),
    ("<=", "is at most", "is not at most", Control.NUMBER),
    ("=", "is exactly", "is not exactly", Control.NUMBER),
    ("BETWEEN", "is between", "is not between", Control.RANGE),
    ("IN", "is one of", "is none of", Control.NUMBERS),
    _EXISTS,
)
_BOOLEAN: Sequence[_Row] = (
    ("TRUE", "is true", "is not true", Control.NONE),
    ("FALSE", "is false", "is not false", Control.NONE),
    _EXISTS,
)
_AGE: Sequence[_Row] = (
    (">", "was less than … ago", "was not less than … ago", Control.AGE),
    (">=", "was at most … ago", "was not at most … ago", Control.AGE),
    ("<", "was more than … ago", "was not more than … ago", Control.AGE),
    ("<=", "was at least … ago", "was not at least … ago", Control.AGE),
    ("BETWEEN", "was between … ago", "was not between … ago", Control.AGES),
)
_DATE: Sequence[_Row] = (
    (">=", "was on or after", "was not on or after", Control.DATE),
    ("<", "was before", "was not before", Control.DATE),
    (">", "was after the start of", "was not after the start of", Control.DATE),
    ("<=", "was at the start of or before", "was not at the start of or before", Control.DATE),
    ("BETWEEN", "was between", "was not between", Control.DATES),
    _EXISTS,
)
_MEMBERS: Sequence[_Row] = (
    ("INTERSECTS", "includes any of", "includes none of", Control.TEXTS),
    ("IN", "includes any of (IN)", "includes none of (IN)", Control.TEXTS),
    _EXISTS,
)
_ORDERS = frozenset({"<", "<=", ">", ">=", "TRUE", "FALSE"})


def _operators(kind: str, rows: Sequence[_Row], keyed: bool = False) -> Iterator[Operator]:
    for word, label, opposite, control in rows:
        rare = kind in ("set", "map") and word == "IN"
        yes, no = (Offer.RARE,) * 2 if rare else (Offer.USUAL, Offer.OR_MISSING if word in _ORDERS else Offer.USUAL)
        for code, words, offer in ((f"{kind} {word}", label, yes), (f"{kind} NOT {word}", opposite, no)):
            shown = f"for a topic, {words.removeprefix('is ')}" if keyed else words
            yield Operator(code, shown, word, words is opposite, control, keyed, offer)


_ENTRY = tuple(_operators("entry", _NUMBER, keyed=True))
_OPERATORS: Mapping[FieldType, tuple[Operator, ...]] = {
    FieldType.STRING: tuple(_operators("text", _TEXT)),
    FieldType.NUMBER: tuple(_operators("number", _NUMBER)),
    FieldType.BOOLEAN: tuple(_operators("boolean", _BOOLEAN)),
    FieldType.TIME: (*_operators("age", _AGE), *_operators("date", _DATE)),
    FieldType.SET: tuple(_operators("set", _MEMBERS)),
    FieldType.MAP: (*_ENTRY, *_operators("map", _MEMBERS)),
}
_BY_CODE = {one.code: one for operators in _OPERATORS.values() for one in operators}
_TYPE_BY_CODE = {one.code: type_ for type_, operators in _OPERATORS.items() for one in operators}


def operators_for(type_: FieldType) -> tuple[Operator, ...]:
    """List every operator for a field of this type; the first is the one to begin with."""
    return _OPERATORS[type_]


def operators_in_where(type_: FieldType) -> tuple[Operator, ...]:
    """List those for a property of an event: its dates are fixed, so that an event matches once and for all."""
    return tuple(one for one in _OPERATORS[type_] if one.control not in (Control.AGE, Control.AGES))


def type_by(code: str) -> FieldType | None:
    """Tell for which type of field an operator is."""
    return _TYPE_BY_CODE.get(code)


def operator_by(code: str) -> Operator | None:
    """Find an operator by its code."""
    return _BY_CODE.get(code)


def find_operator(type_: FieldType, word: str, denied: bool, keyed: bool, control: Control | None) -> Operator | None:
    """Find the operator for a test; `control` tells ages from dates."""
    for one in _OPERATORS[type_]:
        if (one.word, one.denied, one.keyed) == (word, denied, keyed) and control in (None, one.control):
            return one
    return None


def fitting(values: Sequence[str], control: Control) -> tuple[str, ...]:
    """Keep of some values what a control can show, as many as it takes; what is missing is empty."""
    if control.is_list:
        return tuple(value for value in values if value)
    kept = [value if _fits(value, at, control) else "" for at, value in enumerate(values[: control.takes])]
    kept += [""] * (control.takes - len(kept))
    if control in (Control.AGE, Control.AGES):
        kept[1::2] = [unit or "d" for unit in kept[1::2]]
    return tuple(kept)


def _fits(value: str, at: int, control: Control) -> bool:
    """Tell whether a value can stand there: after a change of operator a number of days is no date."""
    match control:
        case Control.AGE | Control.AGES if at % 2:
            return value in UNITS
        case Control.AGE | Control.AGES:
            return value.isascii() and value.isdigit()
        case Control.DATE | Control.DATES:
            return not value.isdigit() and value not in UNITS
        case _:
            return True
