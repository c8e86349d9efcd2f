"""Law 2: any order and any repetition of the same events gives the same profiles and memberships. Law 8 with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.events import Event, Trust
from engine.domain.profiles import EMPTY, apply, join
from engine.ports import Profile, ProfileBy
from tests.engine.living import START, Living, copied, event
from tests.engine.strategies import PEOPLE, Stretch, acts, batches, numbered, stretches, told

seeds = st.integers(0, 2**32)
events_of_a_device = st.lists(acts("d", PEOPLE[0], START), max_size=30).map(numbered)


def told_of(profile: Profile | None) -> Any:
    """Give all that a profile shows, but ids and since when."""
    if profile is None:
        return None
    slugs = sorted(one.audience.slug for one in profile.audiences)
    seen = (profile.known, profile.email, profile.first_seen_at, profile.last_seen_at, list(profile.identities))
    return (slugs, *seen, profile.attributes, profile.scores, dict(profile.affinities))


async def picture(living: Living, devices: list[str]) -> dict[str, Any]:
    """Give what is known of each person, and what each device may see of itself."""
    profiles = living.engine.profiles
    people = {who: told_of(await profiles.find(ProfileBy(identity=("email", who)))) for who in PEOPLE}
    return people | {device: told_of(await profiles.of_visitor(device)) for device in devices}


async def lived(template: Path, lives: list[list[Stretch]], seed: int) -> dict[str, Any]:
    """Live these lives in one order, cut into batches anywhere."""
    with TemporaryDirectory() as folder:
        async with Living(copied(template, Path(folder))) as living:
            for batch in batches(told(lives, seed), seed):
                await living.take(*batch)
            assert await living.differences() == []
            return await picture(living, [stretches[0].device for stretches in lives])


@given(stretches(), seeds, seeds)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_and_repetition_gives_the_same_profiles_and_memberships(
    furnished: Path, lives: list[list[Stretch]], one: int, other: int
) -> None:
    by_one, by_other = (asyncio.run(lived(furnished, lives, seed)) for seed in (one, other))
    differing = {who for who in by_one.keys() | by_other.keys() if by_one.get(who) != by_other.get(who)}
    assert differing == set()


def replayed(events: list[Event]) -> Any:
    fragment = EMPTY
    for one in events:
        fragment = apply(fragment, one, [("anonymous_id", "d")])
    return fragment


@given(events_of_a_device, seeds, st.integers(0, 30))
@settings(deadline=None)
def test_a_fragment_is_the_same_in_any_order_and_any_split(events: list[Event], seed: int, cut: int) -> None:
    shuffled = Random(seed).sample(events, len(events))
    whole = replayed(events)
    assert replayed(shuffled) == whole
    assert join([replayed(shuffled[:cut]), replayed(shuffled[cut:])]) == whole


@given(events_of_a_device)
@settings(deadline=None)
def test_joining_twice_changes_nothing_but_counts(events: list[Event]) -> None:
    fragment = replayed(events)
    again = join([fragment, fragment])
    assert (again.cells, again.sets, again.identities) == (fragment.cells, fragment.sets, fragment.identities)
    assert [(one.start, one.end) for one in again.visits] == [(one.start, one.end) for one in fragment.visits]


def says(value: object, at: int, trust: Trust, message_id: str = "m") -> Event:
    return event("identify", START + at, anonymous_id="d", traits={"plan": value}, trust=trust, message_id=message_id)


CLAIMED, VERIFIED, SERVER = Trust


@pytest.mark.parametrize(
    ("events", "value"),
    [
        ([says("pro", 1, CLAIMED), says("free", 2, CLAIMED)], "free"),
        ([says("pro", 1, SERVER), says("free", 2, CLAIMED)], "pro"),
        ([says("pro", 1, VERIFIED), says(None, 2, CLAIMED)], "pro"),
        ([says("pro", 1, CLAIMED), says(None, 2, CLAIMED)], None),
        ([says("pro", 2, CLAIMED), says(None, 1, CLAIMED)], "pro"),
        ([says("pro", 1, CLAIMED), says(None, 1, SERVER), says("free", 9, VERIFIED)], None),
        ([says("pro", 1, CLAIMED, "m1"), says("free", 1, CLAIMED, "m2")], "free"),
    ],
    ids=["later", "trusted", "no deletion by less trust", "deleted", "late deletion", "deleted for good", "same time"],
)
def test_more_trust_wins_then_the_later_then_the_greater_message_id(events: list[Event], value: object) -> None:
    for order in (events, events[::-1]):
        assert replayed(order).cells["plan"].value == value


def test_the_oldest_attributes_give_way_in_any_order() -> None:
    events = [
        event("identify", START + n, anonymous_id="d", traits={f"a{n}": n}, message_id=f"m{n:04}") for n in range(600)
    ]
    kept = replayed(events).cells
    assert kept == replayed(events[::-1]).cells == replayed(Random(1).sample(events, 600)).cells
    assert sorted(kept) == sorted(f"a{n}" for n in range(100, 600))


async def test_the_catalog_sees_types_in_any_order(living: Living) -> None:
    await living.take(says(5, 0, CLAIMED, "later"))
    await living.take(says("pro", -1, CLAIMED, "earlier, and does not win"))
    assert {str(type) for type in living.house.seen.by_name["plan"].types} == {"number", "string"}
