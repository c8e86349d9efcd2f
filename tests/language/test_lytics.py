"""Lytics' own audiences run as they stand over the real catalog: people made of events, and all who belong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Fields
from engine.domain.events import Context, Event
from engine.domain.profiles import EMPTY, Fragment, apply
from engine.errors import InvalidDefinition
from engine.language.checker import check
from engine.language.nodes import Did
from engine.language.occurrences import compile_matches
from engine.language.parser import parse
from engine.language.predicate import compile_predicate
from engine.language.types import Field, MovingFields
from engine.seen import SeenAttributes, held_types
from engine.values import MILLISECONDS_A_DAY as DAY
from engine.values import Time, parse_time
from tests.language.passes import agreed_verdict
from tests.language.people import Person

_NOW = parse_time("2026-03-31T12:00:00Z") or 0
_BOOK = Path(__file__).parent / "lytics.txt"
_STAGES = ("smt_new", "smt_unscored", "smt_dormant", "smt_inactive", "smt_active", "smt_power")
_ADA: dict[str, Any] = {
    "visit_country": "US",
    "address": {"cityname": "Portland"},
    "flags": {"web_unsubscribe": False},
    "actioncounts": {"Web hit": 10},
    "oldestevents": {"has.period": "2015-01-01T00:00:00Z"},
    "app_yymm": {"1602": ["1", "3"]},
    "ly_impressions": {"8984a0d225a3c9ad3b87e71cc76b9b93": 3},
    "ly_conversions": {"8984a0d225a3c9ad3b87e71cc76b9b93": 0},
}


def _did(kind: str, at: int, **said: Any) -> Event:
    return Event(type=kind, name=kind, occurred_at=at, received_at=at, source="test", message_id=f"{at}", **said)


def _visits(days: Sequence[float], pages: int, **context: Any) -> list[Event]:
    """Let someone come so many days ago, and see so many pages each time, a minute apart."""
    context["topics"] = dict.fromkeys(context.pop("topics", ()), 1.0)
    surroundings = Context(**context)
    hours = [_NOW - round(day * DAY) - DAY // 24 for day in sorted(days, reverse=True)]
    return [_did("page", at + page * 60_000, context=surroundings) for at in hours for page in range(pages)]


def _campaign(source: str, medium: str) -> dict[str, str]:
    return {"source": source, "medium": medium}


_EVENTS: dict[str, list[Event]] = {
    "ada": [
        *_visits(
            range(60),
            5,
            campaign=_campaign("news", "email"),
            device="desktop",
            channel="web",
            topics=["Text (literary theory)"],
        ),
        *_visits([3], 12),
        _did("identify", _NOW - 40 * DAY, traits=_ADA),
    ],
    "bo": _visits([300], 1),
    "cyd": _visits(range(72, 82), 4, campaign=_campaign("google", "cpc"), device="IOS"),
    "dot": _visits(range(0, 60, 4), 1, device="other"),
    "eve": [*_visits(range(28, 46), 3), *_visits([47], 9)],
    "fay": _visits(range(60), 1),
    "gus": _visits([9, 9.2], 30),
    "ivy": [_did("identify", _NOW - 30 * DAY, traits={"visit_country": "DE"})],
    "nora": [
        *_visits([0], 1, campaign=_campaign("facebook", "social"), device="Android"),
        _did("identify", _NOW - DAY // 24, traits={"is_mobile": True}),
    ],
}
_IDENTIFIERS = {"ada": ("anonymous_id", "email"), "ivy": ("email",)}


def _fragment(name: str) -> Fragment:
    state = EMPTY
    for event in _EVENTS[name]:
        state = apply(state, event, [(kind, name) for kind in _IDENTIFIERS.get(name, ("anonymous_id",))])
    return state


_STATES = {name: _fragment(name) for name in _EVENTS}


class _Catalog:
    """The house's own catalog, which has seen what these people brought; without audiences."""

    def __init__(self) -> None:
        self._seen = SeenAttributes()
        self._seen.recount(Counter(held for state in _STATES.values() for held in held_types(state)))

    def field(self, name: str) -> Field | None:
        """Find a field."""
        return self._seen.field(name)

    def field_names(self) -> Iterable[str]:
        """List names."""
        return self._seen.field_names()

    def audience_slugs(self) -> Iterable[str]:
        """List none."""
        return ()


WORDS = _Catalog()


class _Profile:
    """A real profile, which has counted what a definition asks about."""

    def __init__(self, name: str, leaves: Sequence[Did]) -> None:
        self._leaves = {leaf.leaf: number for number, leaf in enumerate(leaves, 1)}
        counted = {self._leaves[leaf.leaf]: self._matching(name, leaf) for leaf in leaves}
        self._state = msgspec.structs.replace(_STATES[name], done=counted)

    @staticmethod
    def _matching(name: str, leaf: Did) -> tuple[tuple[int, str, str], ...]:
        matches = compile_matches(leaf)
        return tuple((one.occurred_at, "", "") for one in _EVENTS[name] if matches(one.name, one.occurred_at, {}))

    def at(self, now: int) -> MovingFields:
        """Read it at an instant."""
        return Fields(self._state, now, self._leaves)


def _entries() -> dict[str, tuple[str, str]]:
    """Read the book: name → definition and who belongs."""
    text = "\n".join(line for line in _BOOK.read_text().splitlines() if not line.startswith("##"))
    found: dict[str, tuple[str, str]] = {}
    while text.strip():
        entry, _, rest = text.partition(" -> ")
        name, _, definition = entry.strip().partition(": ")
        answer, _, text = rest.partition("\n")
        found[name] = definition, answer
    return found


ENTRIES = _entries()
_RUN = {name: entry for name, entry in ENTRIES.items() if set(entry[1].split()) <= _EVENTS.keys()}


@pytest.mark.parametrize("name", _RUN)
def test_an_audience_of_lytics_has_just_these_people_in_every_pass(name: str) -> None:
    definition, members = _RUN[name]
    node = parse(definition)
    leaves = check(node, WORDS).leaves

    found = [one for one in _EVENTS if agreed_verdict(node, _Profile(one, leaves), _NOW, {}, WORDS)]

    assert " ".join(found) == members


@pytest.mark.parametrize("name", sorted(ENTRIES.keys() - _RUN.keys()))
def test_what_lytics_fails_silently_is_refused_with_a_reason(name: str) -> None:
    definition, code = ENTRIES[name]

    with pytest.raises(InvalidDefinition) as caught:
        check(parse(definition), WORDS)

    assert caught.value.problems[0].code == code


def test_each_audience_but_all_has_somebody_and_not_everybody() -> None:
    sizes = {name: len(members.split()) for name, (_, members) in _RUN.items() if name != "all"}

    assert all(0 < size < len(_EVENTS) for size in sizes.values()), sizes


_SCORES = st.none() | st.fixed_dictionaries(
    {
        f"score_{name}": st.sampled_from([0.0, 3.0, 5.0, 10.0, 11.0, 25.0, 40.0, 50.0, 100.0])
        for name in ("momentum", "frequency", "intensity", "quantity")
    }
)


@given(_SCORES, st.integers(0, 20))
def test_everyone_is_in_exactly_one_stage_of_life(scores: Mapping[str, float] | None, days: int) -> None:
    person = Person({**(scores or {}), "first_seen_at": Time(_NOW - days * DAY)}, _NOW)
    predicates = {stage: compile_predicate(check(parse(ENTRIES[stage][0]), WORDS)) for stage in _STAGES}

    found = [stage for stage, predicate in predicates.items() if predicate(person.at(_NOW), _NOW, {})]

    assert len(found) == 1
