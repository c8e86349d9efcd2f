"""Random lives: who has which devices, what each of them did when, and what was said in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st

from engine.domain.events import Context, Event, Trust
from tests.engine.living import MINUTE, START, event

PEOPLE = ("ada@example.com", "bo@example.com", "cy@example.com")
_values = st.sampled_from(["free", "pro", 3, 4.5, True, ["a", "b"], "2026-01-05", {"deep": "er"}, None])
_traits = st.dictionaries(st.sampled_from(["plan", "visits_to_shop", "tags"]), _values, max_size=2)
_contexts = st.builds(
    Context,
    device=st.sampled_from([None, "mobile", "desktop"]),
    channel=st.sampled_from([None, "email", "paid", "social"]),
    campaign=st.sampled_from([{}, {"source": "news", "name": "spring"}]),
    topics=st.sampled_from([{}, {"cycling": 1.0}, {"coffee": 0.4, "cycling": 0.2}]),
)
_ago = st.integers(0, 40 * 24 * 12).map(lambda ticks: ticks * 5 * MINUTE)


@dataclass(frozen=True)
class Stretch:
    """What one device tells while one person uses it; the person is named by `naming` and perhaps by others."""

    device: str
    naming: Event
    others: tuple[Event, ...]


def acts(device: str | None, person: str, before: int) -> st.SearchStrategy[Event]:
    """Give anything that a device tells before an instant; some of it names the person."""
    return st.builds(
        _act,
        st.just(device),
        st.sampled_from([person, None]),
        st.sampled_from(["page", "track", "screen", "identify"]),
        _ago.map(lambda ago: before - ago),
        _traits,
        _contexts,
        st.sampled_from([Trust.CLAIMED] * 4 + list(Trust)),
    )


def _act(
    device: str | None, person: str | None, type: str, at: int, traits: Any, context: Context, trust: Trust
) -> Event:
    said = {"traits": traits} if type == "identify" else {}
    who = {"anonymous_id": device, "email": person}
    return event(type, at, message_id="", received_at=START, context=context, trust=trust, **who, **said)


def numbered(events: Iterable[Event], before: str = "m") -> list[Event]:
    """Give each event a message id of its own."""
    return [msgspec.structs.replace(one, message_id=f"{before}{number}") for number, one in enumerate(events)]


@st.composite
def stretches(draw: st.DrawFn) -> list[list[Stretch]]:
    """Draw, for each device, the people who used it one after another."""
    lives = []
    for device in ("d1", "d2", "d3")[: draw(st.integers(1, 3))]:
        people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3))
        lives.append([draw(_stretch(device, person, number)) for number, person in enumerate(people)])
    return lives


@st.composite
def _stretch(draw: st.DrawFn, device: str, person: str, number: int) -> Stretch:
    told = draw(st.lists(acts(device, person, START), min_size=1, max_size=5))
    naming, *others = numbered(told, f"{device}-{number}-")
    return Stretch(device, msgspec.structs.replace(naming, email=person), tuple(others))


def told(lives: list[list[Stretch]], seed: int) -> list[Event]:
    """Tell lives in one of the orders that give the same identity links, some of it twice.

    Before the first naming a device is anonymous and its past comes along; after that, a naming begins each stretch."""
    lot = Random(seed)
    queues = [_in_order(stretches, lot) for stretches in lives]
    events: list[Event] = []
    while queues := [queue for queue in queues if queue]:
        events.append(lot.choice(queues).pop(0))
        if lot.random() < 0.2:
            events.append(lot.choice(events))
    return events


def _in_order(stretches: list[Stretch], lot: Random) -> list[Event]:
    queue: list[Event] = []
    for number, stretch in enumerate(stretches):
        others = lot.sample(stretch.others, len(stretch.others))
        if number == 0:
            queue += lot.sample([stretch.naming, *others], len(others) + 1)
        else:
            queue += [stretch.naming, *others]
    return queue


def batches(events: list[Event], seed: int) -> list[list[Event]]:
    """Cut events into batches anywhere."""
    lot = Random(seed)
    cut: list[list[Event]] = [[]]
    for one in events:
        if lot.random() < 0.4:
            cut.append([])
        cut[-1].append(one)
    return [batch for batch in cut if batch]
