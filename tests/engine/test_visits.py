"""Visits come out the same whatever the order and grouping of the events."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.visits import VISIT_GAP, Visit, Visits, add, join

MINUTE = 60_000
Events = list[tuple[int, bool]]

events_of_two_days = st.lists(
    st.tuples(st.integers(0, 2 * 24 * 12).map(lambda tick: tick * 5 * MINUTE), st.booleans()), max_size=40
)


def visits_of(events: Events) -> Visits:
    visits: Visits = ()
    for at, page_view in events:
        visits = add(visits, at, page_view)
    return visits


def runs_by_definition(events: Events) -> Visits:
    """Cut the sorted events wherever more than 30 minutes pass."""
    runs: list[Events] = []
    for event in sorted(events):
        if runs and event[0] - runs[-1][-1][0] <= VISIT_GAP:
            runs[-1].append(event)
        else:
            runs.append([event])
    return tuple(Visit(run[0][0], run[-1][0], len(run), sum(view for _, view in run)) for run in runs)


@pytest.mark.parametrize(
    ("minutes", "visits"),
    [
        ([0], [(0, 0, 1)]),
        ([0, 30], [(0, 30, 2)]),
        ([0, 31], [(0, 0, 1), (31, 31, 1)]),
        ([60, 0, 30], [(0, 60, 3)]),
        ([50, 10, 10], [(10, 10, 2), (50, 50, 1)]),
        ([40, 100, 70], [(40, 100, 3)]),
    ],
)
def test_events_within_thirty_minutes_are_one_visit(minutes: list[int], visits: list[tuple[int, int, int]]) -> None:
    assert visits_of([(minute * MINUTE, True) for minute in minutes]) == tuple(
        Visit(start * MINUTE, end * MINUTE, events, events) for start, end, events in visits
    )


def test_only_page_views_count_as_page_views() -> None:
    assert visits_of([(0, True), (1, False), (2, True)]) == (Visit(0, 2, 3, 2),)


def test_no_visits_join_to_none() -> None:
    assert join([(), ()]) == ()


@given(events_of_two_days)
def test_visits_are_the_runs_of_the_sorted_events(events: Events) -> None:
    assert visits_of(events) == runs_by_definition(events)


@given(events_of_two_days, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(events: Events, random: Random) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)
    assert visits_of(shuffled) == visits_of(events)


@given(st.lists(events_of_two_days, max_size=4))
def test_joining_fragments_gives_the_visits_of_all_their_events(fragments: list[Events]) -> None:
    together = [event for events in fragments for event in events]
    assert join(map(visits_of, fragments)) == visits_of(together)


@given(events_of_two_days, events_of_two_days, events_of_two_days)
def test_joining_may_be_grouped_in_any_way(first: Events, second: Events, third: Events) -> None:
    a, b, c = visits_of(first), visits_of(second), visits_of(third)
    assert join([join([a, b]), c]) == join([a, join([c, b])]) == join([c, b, a])
