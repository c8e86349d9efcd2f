"""What became of a definition: by the tree, line by line, and in sentences."""

from __future__ import annotations

import pytest
from hypothesis import given

from engine.language.checker import check
from engine.language.difference import Line, Mark, difference, sentences
from engine.language.nodes import And, Leaf, Node, Not, Or
from engine.language.parser import parse
from engine.language.printer import to_text
from tests.language.people import Words
from tests.language.strategies import trees

MARKS = {Mark.SAME: " ", Mark.ADDED: "+", Mark.REMOVED: "-", Mark.CHANGED: "~"}

TOLD = [
    ("EXISTS email", "AND (EXISTS email, visits > 3)", [" AND", " .EXISTS email", "+.visits > 3"]),
    ("EXISTS email", "OR (visits > 3, EXISTS email)", [" OR", "+.visits > 3", " .EXISTS email"]),
    ("AND (a = 1, b = 2, c = 3)", "AND (a = 1, c = 4)", [" AND", " .a = 1", "-.b = 2", "~.c = 4"]),
    ("AND (a = 1, b = 2)", "AND (b = 2, a = 1)", [" AND", " .b = 2", " .a = 1"]),
    ("AND (a = 1, b = 2)", "OR (a = 1, b = 2)", ["~OR", " .a = 1", " .b = 2"]),
    ("AND (a = 1, b = 2)", "OR (c = 3, AND (a = 1, b = 2))", [" OR", "+.c = 3", " .AND", " ..a = 1", " ..b = 2"]),
    ("OR (c = 3, AND (a = 1, b = 2))", "AND (a = 1, b = 2)", [" OR", "-.c = 3", " .AND", " ..a = 1", " ..b = 2"]),
    ("AND (a = 1, OR (b = 2, c = 3))", "AND (a = 1, OR (b = 2))", [" AND", " .a = 1", " .OR", " ..b = 2", "-..c = 3"]),
    ("*", "NOT EXISTS email", [" AND", "-.*", "+.NOT EXISTS email"]),
    ("a = 1", "a != 1", [" AND", "~.a != 1"]),
    ("INCLUDE x", "NOT INCLUDE x", [" AND", "~.NOT INCLUDE x"]),
    ("INCLUDE x", "INCLUDE y", [" AND", "-.INCLUDE x", "+.INCLUDE y"]),
    ('DID "x"', 'DID NOT "x" IN LAST "3d"', [" AND", '~.DID NOT "x" IN LAST "3d"']),
    ("NOT (AND (a = 1, b = 2))", "NOT (AND (a = 1, b = 3))", [" NOT", " .AND", " ..a = 1", "~..b = 3"]),
    ("AND (a = 1, a = 1)", "AND (a = 1)", [" AND", " .a = 1", "-.a = 1"]),
]


def told(line: Line) -> str:
    return MARKS[line.mark] + "." * line.depth + line.said.text


@pytest.mark.parametrize(("before", "after", "lines"), TOLD, ids=[f"{one[0]} → {one[1]}" for one in TOLD])
def test_each_test_is_told_with_what_became_of_it(before: str, after: str, lines: list[str]) -> None:
    found = difference(parse(before), parse(after))

    shown = [told(line) for line in found]
    assert sorted(shown) == sorted(lines)
    assert [one for one in shown if one[0] != "-"] == [one for one in lines if one[0] != "-"]


def test_what_went_stands_after_what_it_stood_after() -> None:
    found = difference(parse("AND (a = 1, b = 2, c = 3, d = 4)"), parse("AND (d = 4, a = 1)"))

    assert [told(line) for line in found] == [" AND", " .d = 4", " .a = 1", "-.b = 2", "-.c = 3"]


SENTENCES: list[tuple[str, str, list[str]]] = [
    ("EXISTS email", "AND (EXISTS email, visit_count > 3)", ["Added: number of visits is more than 3."]),
    ("AND (EXISTS email, NOT INCLUDE vip)", "EXISTS email", ["Removed: Not in the audience vip."]),
    ("INCLUDE vip", "NOT INCLUDE vip", ["Changed: Not in the audience vip, it was: In the audience vip."]),
    ("AND (*, *)", "OR (*, *)", ["Changed: At least one of these holds, it was: All of these hold."]),
    ("*", "AND (EXISTS email, visit_count > 3, INCLUDE vip)", ["Rules: 3 added, 1 removed."]),
    ("AND (EXISTS email, *)", "AND (*, EXISTS email)", []),
]


@pytest.mark.parametrize(("before", "after", "said"), SENTENCES)
def test_few_changes_are_said_in_words_for_people_and_many_are_counted(
    before: str, after: str, said: list[str]
) -> None:
    one, other = (check(parse(text), Words()).root for text in (before, after))

    assert sentences(difference(one, other)) == said


def lines_of(node: Node) -> list[str]:
    """List the tests of a tree, each as it is written."""
    match node:
        case Not(item) if not isinstance(item, Leaf):
            return [to_text(node)] if not isinstance(item, And | Or | Not) else lines_of(item)
        case And(items) | Or(items):
            return [text for item in items for text in lines_of(item)]
        case _:
            return [to_text(node)]


@given(trees, trees)
def test_both_versions_can_be_read_from_a_difference(before: Node, after: Node) -> None:
    lines = [line for line in difference(before, after) if not line.is_heading]

    now = [line.said.text for line in lines if line.mark is not Mark.REMOVED]
    then = [(line.was or line.said).text for line in lines if line.mark is not Mark.ADDED]
    assert now == lines_of(after)
    assert sorted(then) == sorted(lines_of(before))


@given(trees)
def test_the_same_rules_in_another_order_differ_in_nothing(tree: Node) -> None:
    assert {line.mark for line in difference(tree, turned(tree))} == {Mark.SAME}


def turned(node: Node) -> Node:
    """Turn the order of what stands side by side round."""
    match node:
        case And(items) | Or(items):
            return type(node)(items[::-1])
        case _:
            return node


def test_a_thousand_tests_are_compared_without_a_hang() -> None:
    many = [f"OR (a = {number}, b = {number})" for number in range(490)]

    found = difference(parse(f"AND ({', '.join(many)})"), parse(f"AND ({', '.join(reversed(many[1:]))}, a = 1)"))

    assert sentences(found) == ["Removed: a is 0.", "Removed: b is 0.", "Added: a is 1."]
