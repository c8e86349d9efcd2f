"""The turns of many definitions: never later than any horizon, and one question for each field."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.checker import check
from engine.language.dates import LATEST
from engine.language.horizon import compile_horizon
from engine.language.nodes import Node
from engine.language.parser import parse
from engine.language.turns import gather, moving_in
from engine.values import Time, Value
from tests.language.people import HOUR, Moment, Person, Words
from tests.language.strategies import NOW, definitions, people, turning_tests


def earliest(texts: Iterable[str], person: Moment) -> int | None:
    return gather(moving_in(check(parse(text), Words())) for text in texts).earliest(person, NOW)


@given(st.lists(definitions | turning_tests, min_size=1, max_size=4), st.data())
def test_no_turn_is_later_than_a_horizon(nodes: list[Node], data: st.DataObject) -> None:
    checked = [check(node, Words()) for node in nodes]
    person = data.draw(people(tuple(leaf.leaf for one in checked for leaf in one.leaves))).at(NOW)

    bound = gather(map(moving_in, checked)).earliest(person, NOW)

    horizons = [until for one in checked if (until := compile_horizon(one)(person, NOW)) is not None]
    turn = gather(map(moving_in, checked)).next(person, NOW)
    assert not horizons or (bound is not None and turn is not None and NOW < bound <= turn <= min(horizons))


@given(turning_tests, st.data())
def test_the_next_turn_is_the_very_horizon_of_a_single_test(node: Node, data: st.DataObject) -> None:
    checked = check(node, Words())
    person = data.draw(people(tuple(leaf.leaf for leaf in checked.leaves))).at(NOW)

    turn = gather([moving_in(checked)]).next(person, NOW)

    assert (turn if turn is None or turn <= LATEST else None) == compile_horizon(checked)(person, NOW)


@pytest.mark.parametrize(
    ("texts", "hours"),
    [
        (["score_momentum > 3"], 2),
        (["score_momentum > 3", "score_momentum > 4"], 1),
        (["score_momentum > 3", "score_momentum >= 4"], 2),
        (["score_momentum >= 5"], 1),
        (["score_momentum > 9", "visit_count > 2"], None),
        (["score_frequency BETWEEN 1 AND 15", "score_momentum IN (2, 7)"], 3),
        (["affinity.cycling > 0.985", "affinity.running > 0.5"], 2),
        (['last_visit_at > "now-1d"', 'last_visit_at > "now-2d"'], 23),
        (['last_visit_at > "now-30m"', "INCLUDE vip"], None),
    ],
)
def test_the_next_turn_of_any_test_is_the_earliest(texts: list[str], hours: int | None) -> None:
    values: dict[str, Value | None] = {
        "score_momentum": 5.0,
        "score_frequency": 20.0,
        "visit_count": 3.0,
        "affinity": {"cycling": 1.0},
    }
    person = Person(values | {"last_visit_at": Time(NOW - HOUR)}, NOW).at(NOW)

    assert earliest(texts, person) == (None if hours is None else NOW + hours * HOUR)
