"""Affinities count in any order, fade without rising, and their falls are known to the millisecond."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.affinities import CELLS, Topics, add, fall_not_before, falls, interests, join, strength, strengths
from engine.values import MILLISECONDS_A_DAY as DAY
from tests.engine.worked_examples import noon, rows, topics_in

YEAR = 365 * DAY
View = tuple[int, dict[str, float]]

names = st.sampled_from(("cycling", "tents", "trains", "übernachten"))
days = st.one_of(st.integers(0, 90), st.integers(0, 50 * 365))
views = st.tuples(days.map(lambda day: noon(str(day))), st.dictionaries(names, st.floats(0, 1), min_size=1, max_size=3))
CROWD: list[View] = [(day * DAY, {f"topic {number + day % 3}": 1.0 for number in range(40)}) for day in range(30)]


def topics_of(read: list[View]) -> Topics:
    topics: Topics = {}
    for at, weights in read:
        topics = add(topics, at, weights)
    return topics


topics = st.lists(views, min_size=1, max_size=15).map(topics_of).filter(bool)
values = st.one_of(st.integers(-1, 1001).map(lambda value: value / 1000), st.floats(-0.1, 1.1), st.floats(0, 0.3))
instants = st.one_of(st.integers(0, 100 * YEAR), st.integers(0, 200 * DAY))


def is_below(known: Topics, topic: str, value: float, inclusive: bool, at: int) -> bool:
    current = strength(known, topic, at)
    return current <= value if inclusive else current < value


@pytest.mark.parametrize(
    "row", rows("page views", "asked"), ids=lambda row: f"{row['page views']} asked {row['asked']}"
)
def test_the_worked_examples_hold(row: dict[str, str]) -> None:
    found = strengths(topics_in(row["page views"]), noon(row["asked"]))
    assert row["strengths"] == ", ".join(f"{topic} {value:.3f}" for topic, value in found.items())


def test_relevance_counts_in_thousandths_and_none_is_not_counted() -> None:
    read = add({}, 0, {"cycling": 0.5, "tents": 0.0004, "trains": 7.0, "sea": -1.0, "sky": float("nan")})
    assert read == {"cycling": {0: 500}, "trains": {0: 1000}}


def test_adding_leaves_the_topics_before_as_they_were() -> None:
    before = add({}, 0, {"cycling": 1.0})
    add(before, 0, {"cycling": 1.0})
    assert before == {"cycling": {0: 1000}}


def test_a_topic_never_met_has_no_strength_and_never_falls() -> None:
    assert strength({}, "cycling", 0) == 0
    assert strengths({}, 0) == {}
    assert falls(add({}, 0, {"tents": 1}), "cycling", 0.5, False, 0) is None


def test_one_page_view_is_little_evidence_at_any_time_of_day() -> None:
    assert [strength(add({}, at, {"cycling": 1}), "cycling", at) for at in (0, DAY - 1)] == [0.283, 0.278]


@given(st.one_of(st.lists(views, max_size=15), st.just(CROWD)), st.randoms(use_true_random=False))
def test_the_order_of_page_views_does_not_matter(read: list[View], random: Random) -> None:
    shuffled = random.sample(read, len(read))
    assert topics_of(shuffled) == topics_of(read)
    assert strengths(topics_of(shuffled), 60 * DAY) == strengths(topics_of(read), 60 * DAY)


@given(st.one_of(st.lists(views, max_size=15), st.just(CROWD)), st.integers(1, 5))
def test_fragments_join_to_the_topics_of_all_their_page_views(read: list[View], parts: int) -> None:
    fragments = [topics_of(read[part::parts]) for part in range(parts)]
    assert join(fragments) == join([*fragments[1:], join(fragments[:1])]) == topics_of(read)


def test_the_latest_days_are_kept_when_there_are_too_many() -> None:
    crowded = topics_of([(day * DAY, {"old" if day < 100 else "new": 1.0}) for day in range(CELLS + 100)])
    assert list(crowded) == ["new"]
    assert len(crowded["new"]) == CELLS


@given(topics, instants)
def test_strengths_share_one_whole(known: Topics, now: int) -> None:
    found = strengths(known, now)
    assert found == {topic: strength(known, topic, now) for topic in known}
    assert all(0 <= value <= 1 for value in found.values())
    assert sum(found.values()) <= 1 + 0.0005 * len(found)


@given(topics, instants, st.one_of(st.integers(0, 10), st.integers(0, 50 * YEAR)))
def test_no_strength_rises_while_nothing_happens(known: Topics, now: int, later: int) -> None:
    before, after = strengths(known, now), strengths(known, now + later)
    assert all(after[topic] <= before[topic] for topic in known)


@given(topics, values, st.booleans(), st.one_of(instants, st.just(0)))
def test_the_fall_is_exact_to_the_millisecond(known: Topics, value: float, inclusive: bool, now: int) -> None:
    topic = min(known)
    fallen_at = falls(known, topic, value, inclusive, now)
    if is_below(known, topic, value, inclusive, now):
        assert fallen_at is None
    elif fallen_at is None:
        assert not is_below(known, topic, value, inclusive, now + 10_000 * YEAR)
    else:
        assert fallen_at > now
        around = [is_below(known, topic, value, inclusive, at) for at in range(fallen_at - 3, fallen_at + 3)]
        assert around == [False] * 3 + [True] * 3


@given(topics, st.data(), values, st.booleans(), instants)
def test_the_bound_of_a_fall_is_not_later_and_close(
    known: Topics, data: st.DataObject, value: float, inclusive: bool, now: int
) -> None:
    topic = data.draw(st.sampled_from(sorted(known)))
    fallen_at = falls(known, topic, value, inclusive, now)
    if fallen_at is not None:
        bound = fall_not_before(interests(known)[topic], value, inclusive, now)
        assert bound is not None
        assert now < bound <= fallen_at
        assert bound == now + 1 or fallen_at - bound < 2_000 + fallen_at / 100_000
