"""From the tree of a definition to rows. Whatever a row cannot show is a written rule, so nothing is ever lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from console.rules import (
    MOST_NESTED,
    MOST_ROWS,
    MOST_VALUES,
    EventRule,
    Everyone,
    Group,
    How,
    InAudience,
    Item,
    Rule,
    When,
    Written,
)
from console.rules_operators import Control, find_operator
from console.rules_words import Terse, Words
from engine.errors import InvalidDefinition
from engine.language.checker import check
from engine.language.dates import Shift
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
    Node,
    Not,
    Or,
    Test,
)
from engine.language.printer import to_text
from engine.language.typed import operator_of
from engine.language.words import write_date, write_number, write_shift
from engine.values import Time


def rows_of(root: Node, words: Words) -> Group:
    """Show a definition, as parsed, in rows. The outermost group joins nothing where it has one item only."""
    if sum(1 for _ in _leaves(root)) > MOST_ROWS:
        return Group(How.ALL, (Written(to_text(root)),))
    item = _item(root, Terse(words), 0)
    joins = isinstance(item, Group) and (len(item.items) > 1 or item.how in (How.NONE, How.NOT_ALL))
    return item if isinstance(item, Group) and joins else Group(How.ALL, (item,))


def _leaves(node: Node) -> Iterator[Node]:
    match node:
        case And(items) | Or(items):
            for item in items:
                yield from _leaves(item)
        case Not(item):
            yield from _leaves(item)
        case Did(where=where) if where is not None:
            yield from _leaves(where)
        case _:
            yield node


def _item(node: Node, words: Words, depth: int) -> Item:
    match node:
        case All():
            return Everyone()
        case And() | Or() | Not(And()) | Not(Or()) if depth <= MOST_NESTED:
            return _group(node, words, depth)
        case Not(item) if not isinstance(item, And | Or | Not | All):
            return _leaf(item, True, words)
        case And() | Or() | Not():
            return Written(to_text(node))
        case _:
            return _leaf(node, False, words)


def _group(node: Node, words: Words, depth: int) -> Item:
    joined = node.item if isinstance(node, Not) else node
    assert isinstance(joined, And | Or)
    if isinstance(joined, And):
        how = How.NOT_ALL if isinstance(node, Not) else How.ALL
    else:
        how = How.NONE if isinstance(node, Not) else How.ANY
    return Group(how, tuple(_item(item, words, depth + 1) for item in joined.items))


def _leaf(node: Include | Did | Test, denied: bool, words: Words) -> Item:
    written = Written(to_text(Not(node) if denied else node))
    try:
        checked = check(node, words, words).root
    except InvalidDefinition:
        return written
    match checked:
        case Include(slug):
            return InAudience(slug, denied)
        case Exists() | Compare() | Between() | In() | Intersects() | Contains() | Like():
            return _rule(checked, denied) or written
        case Did():
            return _event_rule(checked, denied) or written
        case _:
            return written


def _event_rule(did: Did, denied: bool) -> EventRule | None:
    """Give the row of a checked DID; None where it asks for more than a row can show."""
    how, conditions = _conditions(did.where)
    when, values = _when(did.window)
    found = tuple(one for one in conditions if one is not None)
    if len(found) < len(conditions) or not _fits_a_form(did.event):
        return None
    return EventRule(did.event, denied, did.bound, _parts(did.count, None)[0], when, values, how, found)


def _when(window: Last | Dates | None) -> tuple[When, tuple[str, ...]]:
    match window:
        case None:
            return When.EVER, ()
        case Last(length):
            assert isinstance(length.value, Shift)
            return When.LAST, (str(length.value.amount), length.value.unit)
        case Dates(start, end):
            return When.DATES, (*_parts(start, None), *_parts(end, None))
        case _:
            assert_never(window)


def _conditions(where: Node | None) -> tuple[How, Sequence[Rule | None]]:
    """Give the rows of WHERE, None for what has none, like a group of one, which would come back as its item."""
    match where:
        case None:
            return How.ALL, ()
        case And(items) if len(items) > 1:
            return How.ALL, [_condition(item) for item in items]
        case Or(items) if len(items) > 1:
            return How.ANY, [_condition(item) for item in items]
        case _:
            return How.ALL, (_condition(where),)


def _condition(node: Node) -> Rule | None:
    match node:
        case Not(item) if isinstance(item, Test):
            return _rule(item, True)
        case _:
            return _rule(node, False) if isinstance(node, Test) else None


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
