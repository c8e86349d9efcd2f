"""Rows of rules and the tree they stand for. Whatever a row cannot show is a written rule, so nothing is ever lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from console.rules_operators import Control, find_operator
from console.rules_words import Terse
from engine.errors import InvalidDefinition
from engine.language.checker import check
from engine.language.dates import Shift
from engine.language.nodes import (
    All,
    And,
    Between,
    Compare,
    Contains,
    Did,
    Exists,
    In,
    Include,
    Intersects,
    Like,
    Literal,
    Node,
    Not,
    Or,
    Test,
)
from engine.language.printer import to_text
from engine.language.typed import operator_of
from engine.language.types import Vocabulary
from engine.language.words import write_date, write_number, write_shift
from engine.values import Time

MOST_ROWS = 200
MOST_VALUES = 100
MOST_NESTED = 2
"""How many levels of groups stand inside the outermost one as rows."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A test of a field by its canonical name, as people fill it in: every part may still be missing."""

    field: str = ""
    operator: str = ""
    key: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InAudience:
    """Is, or is not, in another audience."""

    slug: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Everyone:
    """Matches everyone."""


@dataclass(frozen=True, slots=True)
class Written:
    """A rule in the segment language, kept as it is."""

    text: str = ""


class How(StrEnum):
    """How a group joins its items."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    NOT_ALL = "not_all"


@dataclass(frozen=True, slots=True)
class Group:
    """Several items, joined."""

    how: How = How.ALL
    items: tuple[Item, ...] = ()


Item = Rule | InAudience | Everyone | Written | Group


def rows_of(root: Node, vocabulary: Vocabulary) -> Group:
    """Show a definition, as parsed, in rows. The outermost group joins nothing where it has one item only."""
    if sum(1 for _ in _leaves(root)) > MOST_ROWS:
        return Group(How.ALL, (Written(to_text(root)),))
    item = _item(root, Terse(vocabulary), 0)
    joins = isinstance(item, Group) and (len(item.items) > 1 or item.how in (How.NONE, How.NOT_ALL))
    return item if isinstance(item, Group) and joins else Group(How.ALL, (item,))


def _leaves(node: Node) -> Iterator[Node]:
    match node:
        case And(items) | Or(items):
            for item in items:
                yield from _leaves(item)
        case Not(item):
            yield from _leaves(item)
        case _:
            yield node


def _item(node: Node, vocabulary: Vocabulary, depth: int) -> Item:
    match node:
        case All():
            return Everyone()
        case And() | Or() | Not(And()) | Not(Or()) if depth <= MOST_NESTED:
            return _group(node, vocabulary, depth)
        case Not(item) if not isinstance(item, And | Or | Not | All):
            return _leaf(item, True, vocabulary)
        case And() | Or() | Not():
            return Written(to_text(node))
        case _:
            return _leaf(node, False, vocabulary)


def _group(node: Node, vocabulary: Vocabulary, depth: int) -> Item:
    joined = node.item if isinstance(node, Not) else node
    assert isinstance(joined, And | Or)
    if isinstance(joined, And):
        how = How.NOT_ALL if isinstance(node, Not) else How.ALL
    else:
        how = How.NONE if isinstance(node, Not) else How.ANY
    return Group(how, tuple(_item(item, vocabulary, depth + 1) for item in joined.items))


def _leaf(node: Include | Did | Test, denied: bool, vocabulary: Vocabulary) -> Item:
    written = Written(to_text(Not(node) if denied else node))
    try:
        checked = check(node, vocabulary).root
    except InvalidDefinition:
        return written
    match checked:
        case Include(slug):
            return InAudience(slug, denied)
        case Exists() | Compare() | Between() | In() | Intersects() | Contains() | Like():
            return _rule(checked, denied) or written
        case _:
            return written


def _rule(test: Test, denied: bool) -> Rule | None:
    """Give the row of a checked test; None where a form cannot carry its values whole."""
    field, key = test.name.resolved, test.name.key
    assert field is not None
    literals = _literals(test)
    control = _control(literals)
    values = tuple(part for one in literals for part in _parts(one, control))
    found = find_operator(field.type, _word(test), denied, key is not None, control)
    if found is None or len(values) > MOST_VALUES or not all(map(_fits_a_form, (field.name, key or "-", *values))):
        return None
    return Rule(field.name, found.code, key or "", values)


def _word(test: Test) -> str:
    match test:
        case Compare(_, _, Literal(bool(value))):
            return str(value).upper()
        case _:
            return operator_of(test)


def _literals(test: Test) -> Sequence[Literal]:
    match test:
        case Exists() | Compare(_, _, Literal(bool())):
            return ()
        case Compare(_, _, value) | Contains(_, value) | Like(_, value):
            return (value,)
        case Between(_, low, high):
            return low, high
        case In(_, values) | Intersects(_, values):
            return values
        case _:
            assert_never(test)


def _control(literals: Sequence[Literal]) -> Control | None:
    """Tell ages from dates; anything else needs no telling."""
    if literals and all(isinstance(one.value, Shift) and one.value.amount < 0 for one in literals):
        return Control.AGE if len(literals) == 1 else Control.AGES
    if any(isinstance(one.value, Shift | Time) for one in literals):
        return Control.DATE if len(literals) == 1 else Control.DATES
    return None


def _parts(literal: Literal, control: Control | None) -> tuple[str, ...]:
    match literal.value:
        case Shift(amount, unit) if control in (Control.AGE, Control.AGES):
            return str(-amount), unit
        case Shift():
            return (write_shift(literal.value),)
        case Time():
            return (write_date(literal.value),)
        case float():
            return (write_number(literal.value),)
        case _:
            return (str(literal.value),)


def _fits_a_form(value: str) -> bool:
    """Tell whether a form carries this whole: an empty value looks unfinished, and line ends change on the way."""
    return bool(value) and "\n" not in value and "\r" not in value
