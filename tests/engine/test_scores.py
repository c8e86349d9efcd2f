"""Scores say what docs/scores.md says, never rise in silence, and their falls are known to the millisecond."""

from __future__ import annotations

from math import exp, expm1, gamma
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from docs.scores import draw
from engine.domain import propensity
from engine.domain.scores import FORMULA_VERSION, SCORE_NAMES, Basis, basis, falls, falls_not_before, score
from engine.domain.visits import Visit, Visits, add, join
from engine.values import MILLISECONDS_A_DAY as DAY
from tests.engine.worked_examples import DOCUMENT, noon, rows, visits_in

HOUR = DAY // 24
YEAR = 365 * DAY
DECAYING = ("frequency", "momentum", "propensity", "recency")


def basis_of(visits: Visits) -> Basis:
    summed = basis(visits)
    assert summed is not None
    return summed


def is_below(known: Basis, name: str, value: float, inclusive: bool, at: int) -> bool:
    current = score(known, name, at)
    assert current is not None
    return current <= value if inclusive else current < value


pauses = st.one_of(st.integers(31 * 60_000, DAY), st.integers(DAY, 40 * DAY), st.integers(YEAR, 50 * YEAR))
visit_shapes = st.tuples(pauses, st.sampled_from((0, 90_000, HOUR, 30 * HOUR)), st.integers(1, 400))


@st.composite
def lives(draw: st.DrawFn) -> Visits:
    """Visits as they may come: minutes to decades apart, of an instant or of more than a day."""
    at = draw(st.integers(-YEAR, 60 * YEAR))
    visits = []
    for pause, length, events in draw(st.lists(visit_shapes, min_size=1, max_size=12)):
        visits.append(Visit(at + pause, at + pause + length, events, 0))
        at = visits[-1].end
    return tuple(visits)


bases = lives().map(basis_of)
values = st.one_of(st.integers(-1, 101).map(float), st.floats(-1, 101))
silences = st.one_of(st.integers(-YEAR, 60 * DAY), st.integers(0, 50 * YEAR))


@pytest.mark.parametrize("row", rows("events", "asked"), ids=lambda row: f"{row['events']} asked {row['asked']}")
def test_the_worked_examples_hold(row: dict[str, str]) -> None:
    known = basis_of(visits_in(row["events"]))
    scores = {name: score(known, name, noon(row["asked"])) for name in SCORE_NAMES}
    assert {name: row[name] for name in SCORE_NAMES} == {
        name: "–" if value is None else str(value) for name, value in scores.items()
    }


@pytest.mark.parametrize("row", rows("events", "test"), ids=lambda row: f"{row['events']}: {row['test']}")
def test_the_worked_falls_hold(row: dict[str, str]) -> None:
    known = basis_of(visits_in(row["events"]))
    name, operator, value = row["test"].split()
    fallen_at = falls(known, name, float(value), operator == ">", known.last)
    assert row["ends after"] == ("never" if fallen_at is None else in_words(fallen_at - known.last))


def in_words(silence: int) -> str:
    days, rest = divmod(silence, DAY)
    seconds, milliseconds = divmod(rest, 1000)
    return f"{days} d {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}"


def test_the_document_tells_the_formula_version() -> None:
    assert f"This is formula version {FORMULA_VERSION}." in DOCUMENT.read_text(encoding="utf-8")


def test_the_plots_are_what_the_engine_draws_now() -> None:
    folder = DOCUMENT.parent / "scores"
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.svg")} == draw.plots()


def test_the_nine_scores_are_known_in_alphabetical_order() -> None:
    assert " ".join(SCORE_NAMES) == (
        "consistency frequency intensity maturity momentum propensity quantity recency volatility"
    )


def test_without_behaviour_there_is_nothing_to_score() -> None:
    assert basis(()) is None


@given(st.lists(lives(), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_fragments_does_not_matter(fragments: list[Visits], random: Random) -> None:
    expected = basis(join(fragments))
    random.shuffle(fragments)
    assert basis(join(fragments)) == expected


@given(bases, st.sampled_from(SCORE_NAMES), silences)
def test_a_score_is_a_whole_number_from_0_to_100_or_missing(known: Basis, name: str, silence: int) -> None:
    value = score(known, name, known.last + silence)
    assert value is None or (type(value) is int and 0 <= value <= 100)


@given(bases, st.sampled_from(SCORE_NAMES), silences, st.one_of(st.integers(0, 10), st.integers(0, 50 * YEAR)))
def test_a_score_never_rises_while_nothing_happens(known: Basis, name: str, silence: int, later: int) -> None:
    now = known.last + silence
    before, after = score(known, name, now), score(known, name, now + later)
    assert before == after if before is None or after is None else after <= before


@given(bases, st.sampled_from(DECAYING), values, st.booleans(), silences)
@example(basis_of((Visit(0, 0, 1, 1),)), "propensity", 0.0, True, 0)
@example(basis_of(tuple(Visit(day * DAY, day * DAY, 1, 1) for day in range(5000))), "propensity", 1.0, False, 0)
def test_the_fall_is_exact_to_the_millisecond(
    known: Basis, name: str, value: float, inclusive: bool, silence: int
) -> None:
    now = known.last + silence
    fallen_at = falls(known, name, value, inclusive, now)
    if is_below(known, name, value, inclusive, now):
        assert fallen_at is None
    elif fallen_at is None:
        assert not is_below(known, name, value, inclusive, now + 10_000 * YEAR)
    else:
        assert fallen_at > now
        around = [is_below(known, name, value, inclusive, at) for at in range(fallen_at - 3, fallen_at + 3)]
        assert around == [False] * 3 + [True] * 3


@given(bases, st.sampled_from(sorted(set(SCORE_NAMES) - set(DECAYING))), values, st.booleans())
def test_scores_that_stand_still_never_fall(known: Basis, name: str, value: float, inclusive: bool) -> None:
    assert falls(known, name, value, inclusive, known.last) is None
    assert score(known, name, known.last) == score(known, name, known.last + 50 * YEAR)


@pytest.mark.parametrize("name", SCORE_NAMES)
def test_five_thousand_visits_are_scored_within_bounds(name: str) -> None:
    known = basis_of(tuple(Visit(at, at + HOUR, 1 + at % 7, 0) for at in range(0, 5000 * 7 * HOUR, 7 * HOUR)))
    value = score(known, name, known.last + DAY)
    assert value is not None
    assert 0 <= value <= 100


def test_a_visit_over_midnight_makes_two_active_days() -> None:
    visits = add(add((), DAY - 1000, page_view=True), DAY + 1000, page_view=True)
    known = basis_of(visits)
    assert (known.visits, known.days, known.first, known.last) == (1, 2, DAY - 1, DAY + 1000)


def test_two_visits_on_one_day_make_one_active_day_that_ends_with_the_later() -> None:
    known = basis_of((Visit(0, 0, 1, 1), Visit(9 * HOUR, 10 * HOUR, 2, 2)))
    assert (known.visits, known.days, known.first, known.last) == (2, 1, 10 * HOUR, 10 * HOUR)


def test_a_constant_rate_tends_to_a_momentum_of_about_50() -> None:
    known = basis_of(tuple(Visit(day * DAY, day * DAY, 1, 1) for day in range(0, 3000, 3)))
    assert score(known, "momentum", known.last + 36 * HOUR) == 50


def test_both_sums_vanish_after_fifty_years() -> None:
    known = basis_of((Visit(0, 0, 1, 1),))
    assert [score(known, name, 50 * YEAR) for name in DECAYING] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("repeats", "active_for", "silence"), [(0, 0, 0), (0, 0, 52), (1, 3, 0), (2, 30.43, 8.43), (6, 5, 20), (25, 30, 4)]
)
def test_propensity_agrees_with_the_integral_of_the_likelihood(repeats: int, active_for: float, silence: float) -> None:
    record = propensity.Record(repeats, active_for)
    assert propensity.chance(propensity.CDNOW, record, silence) == pytest.approx(
        chance_by_integration(propensity.CDNOW, record, silence), rel=1e-6
    )


def chance_by_integration(model: propensity.Model, record: propensity.Record, silence: float) -> float:
    """Weigh every rate by its likelihood; z = rate^r takes the pole of the gamma density at 0 away."""
    step, x, known_for = 1e-4, record.repeats, record.active_for + silence
    staying = beta(model.a, model.b + x)
    leaving = beta(model.a + 1, model.b + x - 1) if x else 0.0
    seen = returning = 0.0
    for number in range(40_000):
        rate = ((number + 0.5) * step) ** (1 / model.r)
        density = rate**x * exp(-model.alpha * rate)
        still_here = staying * density * exp(-rate * known_for)
        seen += still_here + leaving * density * exp(-rate * record.active_for)
        returning += still_here * -expm1(-rate * propensity.AHEAD)
    return returning / seen


def beta(a: float, b: float) -> float:
    return gamma(a) * gamma(b) / gamma(a + b)


@given(bases, st.sampled_from(DECAYING), values, st.booleans(), silences)
def test_the_bound_of_a_fall_is_not_later_and_close(
    known: Basis, name: str, value: float, inclusive: bool, silence: int
) -> None:
    now = known.last + silence
    fallen_at = falls(known, name, value, inclusive, now)
    if fallen_at is not None:
        bound = falls_not_before(known, name, value, inclusive, now)
        assert bound is not None
        assert now < bound <= fallen_at
        assert bound == now + 1 or fallen_at - bound < 2_000 + (fallen_at - known.last) / 100_000
