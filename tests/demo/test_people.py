"""The sample people: always the same, never in the future, and such as one would meet."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from demo_site.people import DAY, people
from engine.domain.events import Event

NOW = 1_763_928_000_000
instants = st.integers(min_value=1_600_000_000_000, max_value=2_000_000_000_000)


def by_device(events: list[Event]) -> dict[str, list[Event]]:
    devices = defaultdict(list)
    for event in events:
        devices[str(event.anonymous_id)].append(event)
    return devices


def silent_days(events: list[Event]) -> float:
    return (NOW - max(event.occurred_at for event in events)) / DAY


def active_days(events: list[Event]) -> int:
    return len({event.occurred_at // DAY for event in events})


def test_the_same_seed_tells_the_same_story() -> None:
    assert list(people(NOW, 30)) == list(people(NOW, 30))


def test_another_seed_tells_another_story() -> None:
    assert {event.message_id for event in people(NOW, 5, seed=1)}.isdisjoint(
        event.message_id for event in people(NOW, 5, seed=2)
    )


@settings(max_examples=15, deadline=None)
@given(first=instants, later=instants)
def test_seeding_again_at_another_time_sends_the_same_messages(first: int, later: int) -> None:
    assert {event.message_id for event in people(first, 8)} == {event.message_id for event in people(later, 8)}


@settings(max_examples=15, deadline=None)
@given(now=instants)
def test_nothing_happens_after_now_and_all_is_told_in_order(now: int) -> None:
    times = [event.occurred_at for event in people(now, 8)]

    assert times == sorted(times)
    assert times[-1] <= now


def test_message_ids_are_unique() -> None:
    messages = [event.message_id for event in people(NOW)]

    assert len(messages) == len(set(messages))


def test_more_people_leave_the_others_as_they_were() -> None:
    few, many = list(people(NOW, 10)), list(people(NOW, 20))

    assert [event for event in many if event.message_id < "demo-7-0010"] == few


def test_addresses_belong_to_nobody_and_to_one_person_each() -> None:
    named = [event for event in people(NOW) if event.email]
    owners = defaultdict(set)
    for event in named:
        owners[event.email].add(event.message_id.split("-")[2])

    assert all(len(persons) == 1 for persons in owners.values())
    assert {str(event.email).split("@")[1] for event in named} == {"example.com", "example.org", "example.net"}


def test_some_are_known_and_more_are_not() -> None:
    known = {event.message_id.split("-")[2] for event in people(NOW) if event.email}

    assert 0.35 < len(known) / 300 < 0.6


def test_some_read_on_two_devices_under_one_address() -> None:
    devices = defaultdict(set)
    for event in people(NOW):
        if event.email:
            devices[event.email].add(event.anonymous_id)

    assert Counter(len(ids) for ids in devices.values())[2] >= 10


def test_there_are_dormant_new_and_frequent_readers() -> None:
    devices = by_device(list(people(NOW))).values()

    assert sum(silent_days(events) > 30 for events in devices) >= 30
    assert sum(NOW - events[0].occurred_at < 10 * DAY for events in devices) >= 30
    assert sum(active_days(events) >= 20 for events in devices) >= 10


def test_nobody_reads_at_four_in_the_morning() -> None:
    hours = {datetime.fromtimestamp(event.occurred_at / 1000, UTC).hour for event in people(NOW)}

    assert hours <= set(range(7, 24))


def test_readers_keep_to_their_topics() -> None:
    shares = []
    for events in by_device(list(people(NOW))).values():
        topics = Counter(topic for event in events for topic, weight in event.context.topics.items() if weight == 1)
        if topics.total() >= 10:
            shares.append(sum(count for _, count in topics.most_common(2)) / topics.total())

    assert sum(shares) / len(shares) > 0.8


def test_campaigns_stand_in_the_address_and_in_the_context() -> None:
    led = [event for event in people(NOW) if event.context.campaign]

    assert {event.context.channel for event in led} == {"email", "social", "paid"}
    assert all(f"utm_source={event.context.campaign['source']}" in str(event.context.url) for event in led)
