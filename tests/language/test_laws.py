"""The laws of the language over random definitions, people and instants."""

from __future__ import annotations

import random

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.language.checker import check
from engine.language.explain import explain
from engine.language.horizon import compile_horizon
from engine.language.nodes import Node, Not
from engine.language.parser import parse
from engine.language.predicate import compile_predicate
from engine.language.printer import to_text
from engine.language.tree import from_tree, to_tree
from tests.language.passes import agreed_verdict, horizon, verdict
from tests.language.people import HOUR, Person, Words
from tests.language.spellings import Speller
from tests.language.strategies import (
    AFTER_ALL_EVENTS,
    NOW,
    clocks,
    definitions,
    falling_tests,
    included,
    people,
    trees,
    turning_tests,
)

_YEAR = 366 * 86_400_000


def _someone(data: st.DataObject, node: Node) -> Person:
    return data.draw(people(tuple(leaf.leaf for leaf in check(node, Words()).leaves)))


@given(definitions, included, clocks, st.data())
def test_all_passes_agree_and_not_is_the_exact_complement(
    node: Node, verdicts: dict[str, bool], now: int, data: st.DataObject
) -> None:
    agreed_verdict(node, _someone(data, node), now, verdicts)


@given(definitions, included, st.data())
def test_a_verdict_holds_until_its_horizon(node: Node, verdicts: dict[str, bool], data: st.DataObject) -> None:
    definition, person = check(node, Words()), _someone(data, node)
    predicate, now = compile_predicate(definition), NOW
    until = compile_horizon(definition)(person.at(now), now)
    last = now + 4 * _YEAR if until is None else until - 1

    hours = [moment for moment in range(now + HOUR, now + 8 * HOUR, HOUR) if moment <= last]
    moments = [*data.draw(st.lists(st.integers(now, last), min_size=3, max_size=6)), *hours, last]

    expected = predicate(person.at(now), now, verdicts)
    assert {predicate(person.at(moment), moment, verdicts) for moment in moments} == {expected}


@given(falling_tests, st.data())
def test_a_falling_number_is_never_asked_about_too_late(node: Node, data: st.DataObject) -> None:
    definition, person = check(node, Words()), _someone(data, node)
    predicate = compile_predicate(definition)
    until = compile_horizon(definition)(person.at(NOW), NOW)

    turns = [
        at
        for at in range(NOW, NOW + 9 * HOUR, HOUR)
        if predicate(person.at(at), at, {}) is not verdict(node, person, NOW, {})
    ]

    assert until is not None or turns == []
    assert until is None or turns == [] or until <= turns[0]


@given(turning_tests, st.data())
def test_a_single_test_changes_at_its_very_horizon_or_never(node: Node, data: st.DataObject) -> None:
    person, now = _someone(data, node), AFTER_ALL_EVENTS
    before = verdict(node, person, now, {})

    until = horizon(node, person, now, {})

    if until is None:
        assert verdict(node, person, now + 4 * _YEAR, {}) is before
    else:
        assert verdict(node, person, until, {}) is not before


@given(definitions, st.data())
def test_explain_tells_the_horizon(node: Node, data: st.DataObject) -> None:
    definition, person = check(node, Words()), _someone(data, node)
    assume(not definition.includes)

    explanation = explain(definition, person.at(NOW), NOW, {})

    assert explanation.next_change_at == compile_horizon(definition)(person.at(NOW), NOW)


@given(definitions)
def test_a_definition_that_does_not_move_has_no_moving_test(node: Node) -> None:
    definition = check(node, Words())

    assert definition.moves is check(Not(node), Words()).moves
    assert definition.moves or not definition.leaves


@given(trees)
def test_reading_what_was_printed_gives_the_same_tree(node: Node) -> None:
    assert parse(to_text(node)) == node


@given(trees, st.randoms(use_true_random=False))
def test_however_it_is_written_it_reads_the_same(node: Node, chance: random.Random) -> None:
    assert parse(Speller(chance).statement(node)) == node


@given(trees)
def test_the_json_tree_goes_there_and_back(node: Node) -> None:
    assert from_tree(to_tree(node)) == node


@given(trees)
def test_printing_is_canonical(node: Node) -> None:
    text = to_text(node)

    assert to_text(parse(text)) == text
