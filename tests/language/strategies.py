"""Random definitions that type-check, random people, and random trees that need not mean anything."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from engine.language.dates import Shift
from engine.language.nodes import (
    All,
    And,
    Between,
    Bound,
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
    Name,
    Node,
    Not,
    Or,
    Order,
)
from engine.language.words import write_date, write_duration, write_shift
from engine.values import Time
from tests.language.people import Person

_DAY = 86_400_000
NOW = 1_774_958_400_000
AFTER_ALL_EVENTS = NOW + 4 * _DAY

_words = st.sampled_from(["", "a", "ab", "abc", "b", "cycling", "a*b", "a%\\", "node.js", "it's `so`"])
_patterns = st.text("ab*%\\", max_size=6)
_numbers = st.integers(-1, 6).map(float) | st.sampled_from([0.25, 2.5])
_shifts = st.builds(Shift, st.integers(-40, 3).filter(bool), st.sampled_from("smhdwMy")) | st.just(Shift())
_instants = st.integers(-800 * _DAY, 3 * _DAY).map(lambda distance: NOW + distance)
_near_instants = st.integers(-3 * _DAY, 3 * _DAY).map(lambda distance: NOW + distance)


def _name(*parts: str) -> Name:
    return Name(parts)


def _values(values: st.SearchStrategy[str] | st.SearchStrategy[float]) -> st.SearchStrategy[tuple[Literal, ...]]:
    return st.lists(values.map(Literal), min_size=1, max_size=3).map(tuple)


_strings = st.sampled_from([_name("email"), _name("device"), _name("favourite colour")])
_still = st.just(_name("visit_count"))
_keys = st.sampled_from(["cycling", "node.js", "it's `so`", "a*b"])
_falling = st.sampled_from([_name("score_momentum"), _name("score_frequency")]) | _keys.map(
    lambda key: _name("affinity", key)
)
_times = st.sampled_from([_name("first_visit_at"), _name("last_visit_at")])
_members = st.sampled_from([_name("utm_sources"), _name("affinity")])
_any_name = st.one_of(_strings, _still, _falling, _times, _members)
_orders = st.sampled_from(list(Order))
_dates = (_shifts.map(write_shift) | _instants.map(write_date)).map(Literal)


def _ordered(name: Name, ends: list[float]) -> Node:
    return Between(name, Literal(min(ends)), Literal(max(ends)))


def _span(name: Name, shifts: list[int], unit: str) -> Node:
    low, high = sorted(shifts)
    return Between(name, Literal(write_shift(Shift(low, unit))), Literal(write_shift(Shift(high, unit))))


def _fixed_span(name: Name, ends: list[int], end: Shift | None) -> Node:
    """Begin at a date; end at another, or at an instant that moves."""
    last = Literal(write_date(max(ends)) if end is None else write_shift(end))
    return Between(name, Literal(write_date(min(ends))), last)


_texts = st.one_of(
    st.builds(Compare, _strings, st.just(Order.EQUAL), _words.map(Literal)),
    st.builds(In, _strings, _values(_words)),
    st.builds(Contains, _strings, _words.map(Literal)),
    st.builds(Like, _strings, _patterns.map(Literal)),
    st.builds(Intersects, _members, _values(_words)),
    st.builds(In, _members, _values(_words)),
    st.builds(Compare, st.just(_name("subscribed")), st.just(Order.EQUAL), st.booleans().map(Literal)),
)
_number_tests = st.one_of(
    st.builds(Compare, _still | _falling, _orders, _numbers.map(Literal)),
    st.builds(In, _still | _falling, _values(_numbers)),
    st.builds(_ordered, _still | _falling, st.lists(_numbers, min_size=2, max_size=2)),
)
_time_tests = st.one_of(
    st.builds(Compare, _times, st.sampled_from([order for order in Order if order is not Order.EQUAL]), _dates),
    st.builds(_span, _times, st.lists(st.integers(-40, 1), min_size=2, max_size=2), st.sampled_from("smhdwMy")),
    st.builds(_fixed_span, _times, st.lists(_instants, min_size=2, max_size=2), st.none() | _shifts),
)
_durations = st.builds(Shift, st.integers(1, 40), st.sampled_from("smhdwMy")).map(write_duration)
_windows = st.none() | st.builds(Last, _durations.map(Literal))
_counts = st.integers(1, 3).map(float).map(Literal)
_event_tests = st.builds(Did, st.just("page"), st.sampled_from(list(Bound)), _counts, _windows)

tests = st.one_of(_texts, _number_tests, _time_tests, st.builds(Exists, _any_name), _event_tests)

_inequalities = st.sampled_from([order for order in Order if order is not Order.EQUAL])
turning_tests = st.one_of(
    st.builds(Compare, _falling, _inequalities, _numbers.map(Literal)),
    st.builds(Compare, _times, _inequalities, _shifts.map(write_shift).map(Literal)),
    _event_tests,
)

falling_tests = st.one_of(
    st.builds(Compare, _falling, _orders, _numbers.map(Literal)),
    st.builds(In, _falling, _values(_numbers)),
    st.builds(_ordered, _falling, st.lists(_numbers, min_size=2, max_size=2)),
)


def _groups(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    items = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(And, items), st.builds(Or, items), st.builds(Not, inner))


_fixed_dates = _instants.map(write_date).map(Literal)
_property_tests = st.one_of(
    st.builds(Compare, st.just(_name("total")), _orders, _numbers.map(Literal)),
    st.builds(_ordered, st.just(_name("total")), st.lists(_numbers, min_size=2, max_size=2)),
    st.builds(In, st.just(_name("local_hour")), _values(_numbers)),
    st.builds(
        Compare, st.sampled_from([_name("coupon"), _name("not", "seen")]), st.just(Order.EQUAL), _words.map(Literal)
    ),
    st.builds(In, st.just(_name("local_weekday")), st.just((Literal("monday"), Literal("sunday")))),
    st.builds(In, st.just(_name("total")), _values(_numbers)),
    st.builds(In, st.sampled_from([_name("coupon"), _name("sizes")]), _values(_words)),
    st.builds(Contains, st.just(_name("coupon")), _words.map(Literal)),
    st.builds(Like, st.just(_name("address", "city")), _patterns.map(Literal)),
    st.builds(Compare, st.just(_name("is_gift")), st.just(Order.EQUAL), st.booleans().map(Literal)),
    st.builds(Compare, st.just(_name("deliver_at")), _inequalities, _fixed_dates),
    st.builds(_fixed_span, st.just(_name("deliver_at")), st.lists(_instants, min_size=2, max_size=2), st.none()),
    st.builds(Intersects, st.just(_name("sizes")), _values(_words)),
    st.builds(Exists, st.sampled_from([_name("total"), _name("sizes"), _name("not", "seen"), _name("title")])),
)
_between_dates = st.lists(_instants, min_size=2, max_size=2).map(
    lambda ends: Dates(Literal(write_date(min(ends))), Literal(write_date(max(ends))))
)
asked_of_events = st.builds(
    Did,
    st.sampled_from(["page", "Order Completed", "never seen"]),
    st.sampled_from(list(Bound)),
    _counts,
    _windows | _between_dates,
    st.none() | _property_tests | _groups(_property_tests) | st.recursive(_property_tests, _groups, max_leaves=4),
)
"""DID of every kind, over properties seen and unseen; those never seen have the types that their tests need."""

definitions = st.recursive(
    st.one_of(tests, asked_of_events, st.builds(Include, st.sampled_from(["vip", "known_users"])), st.just(All())),
    _groups,
    max_leaves=6,
)

clocks = st.integers(-400 * _DAY, 400 * _DAY).map(lambda distance: NOW + distance)

included = st.fixed_dictionaries({"vip": st.booleans(), "known_users": st.booleans()})

_person_values: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "email": _words | st.text("ab", max_size=6),
        "device": _words,
        "favourite colour": _words,
        "subscribed": st.booleans(),
        "visit_count": _numbers | _words,
        "score_momentum": st.integers(0, 6).map(float),
        "score_frequency": st.integers(0, 6).map(float),
        "first_visit_at": (_instants | _near_instants).map(Time),
        "last_visit_at": (_instants | _near_instants).map(Time),
        "utm_sources": st.frozensets(_words, max_size=3),
        "affinity": st.dictionaries(_words | _keys, st.sampled_from([0.1, 0.251, 2.6, 6.0]), max_size=3),
    },
)
happened = st.lists(_instants | _near_instants, max_size=5, unique=True).map(
    lambda instants: sorted(instants, reverse=True)
)


@st.composite
def people(draw: st.DrawFn, leaves: tuple[str, ...]) -> Person:
    """Draw a person who did what the leaves ask about now and then."""
    return Person(draw(_person_values), NOW, {leaf: draw(happened) for leaf in leaves})


_any_text = st.text(max_size=8)
_any_part = st.text(min_size=1, max_size=6)
_any_names = st.lists(_any_part, min_size=1, max_size=2).map(tuple).map(Name)
_any_value = st.one_of(
    _any_text, st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0), st.booleans()
)
_any_literal = _any_value.map(Literal)
_any_list = st.lists(_any_literal, min_size=1, max_size=3).map(tuple)
_where = st.none() | st.builds(Compare, _any_names, _orders, _any_literal) | st.builds(Exists, _any_names).map(Not)
_any_window = st.none() | st.builds(Last, _any_literal) | st.builds(Dates, _any_literal, _any_literal)
_any_count = st.integers(0, 2000).map(float).map(Literal)
_any_leaf = st.one_of(
    st.just(All()),
    st.builds(Include, _any_part),
    st.builds(Exists, _any_names),
    st.builds(Compare, _any_names, _orders, _any_literal),
    st.builds(Between, _any_names, _any_literal, _any_literal),
    st.builds(In, _any_names, _any_list),
    st.builds(Intersects, _any_names, _any_list),
    st.builds(Contains, _any_names, _any_literal),
    st.builds(Like, _any_names, _any_literal),
    st.builds(Did, _any_text, st.sampled_from(list(Bound)), _any_count, _any_window, _where),
)
trees = st.recursive(_any_leaf, _groups, max_leaves=8)
