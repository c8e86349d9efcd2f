"""An event asks only the audiences that it can touch, and every one of those; sizes, cursors and notices follow."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalog import BUILT_IN, Fields
from engine.domain.events import Event
from engine.domain.profiles import EMPTY, Fragment, apply
from engine.domain.traits import flatten
from engine.ports import Notice, Window
from engine.runtime.registry import Live
from engine.runtime.touched import fields_touched
from engine.values import Value
from tests.engine.living import DAY, START, Living, event
from tests.engine.strategies import PEOPLE, acts, numbered

IDENTIFIERS = [("anonymous_id", "d"), ("email", PEOPLE[0])]


def carried(one: Event) -> list[tuple[str, str]]:
    return [(namespace, value) for namespace, value in IDENTIFIERS if namespace == "anonymous_id" or one.email]


def values(state: Fragment) -> dict[str, Value | None]:
    """Read every field there is."""
    fields = Fields(state, START)
    return {name: fields[name] for name in (*(one.field.name for one in BUILT_IN), *state.cells)}


@given(st.lists(acts("d", PEOPLE[0], START), min_size=1, max_size=12).map(numbered))
@settings(deadline=None)
def test_what_an_event_changes_is_among_what_it_touches(life: list[Event]) -> None:
    state = EMPTY
    for one in life:
        after = apply(state, one, carried(one))
        old, new = values(state), values(after)
        changed = {name for name in new if new[name] != old.get(name)} if state is not EMPTY else set()
        assert changed <= fields_touched(one, carried(one), dict(flatten(one.traits)))
        state = after


def count_questions(living: Living) -> Counter[str]:
    """Count from now on how often each audience's rules are asked."""
    asked: Counter[str] = Counter()

    def counted(live: Live) -> Live:
        def predicate(fields: Any, now: int, included: Mapping[str, bool]) -> bool:
            asked[live.audience.slug] += 1
            return live.predicate(fields, now, included)

        return replace(live, predicate=predicate)

    registry = living.house.registry
    registry.order = [counted(live) for live in registry.order]
    registry._touched.clear()
    return asked


async def make_five(living: Living) -> None:
    await living.take(event("identify", START, anonymous_id="d", traits={"plan": "pro", "city": "Rome"}))
    await living.make("pros", 'plan = "pro"')
    await living.make("romans", 'city = "Rome"')
    await living.make("roman_pros", "AND (INCLUDE pros, INCLUDE romans)")
    await living.make("not_roman_pros", "NOT INCLUDE roman_pros")
    await living.make("cyclists", "affinity.cycling > 0.1")
    await living.walk()


async def test_only_what_an_event_can_touch_is_asked_and_what_includes_it(living: Living) -> None:
    await make_five(living)
    asked = count_questions(living)
    await living.take(event("identify", START, anonymous_id="d", traits={"plan": "free"}))
    assert asked == {"pros": 1, "roman_pros": 1, "not_roman_pros": 1}


async def test_a_page_view_without_topics_asks_nothing_of_traits_topics_or_people(living: Living) -> None:
    await make_five(living)
    asked = count_questions(living)
    await living.page()
    untouched = {"pros", "romans", "roman_pros", "not_roman_pros", "cyclists", "all", "known_users", "anonymous_users"}
    assert not untouched & asked.keys()
    assert asked["new_visitors"] == 1


async def test_a_batch_asks_once_for_all_its_events(living: Living) -> None:
    await living.page()
    asked = count_questions(living)
    await living.take(*(event("page", START, anonymous_id="d") for _ in range(10)))
    assert set(asked.values()) == {1}


async def test_whoever_is_new_is_asked_everything_once(living: Living) -> None:
    asked = count_questions(living)
    await living.page()
    assert set(asked) == {one.slug for one in living.engine.audiences.all()}
    assert set(asked.values()) == {1}


async def test_an_attribute_that_gives_way_to_another_is_noticed(living: Living) -> None:
    many = {f"a{number:03}": number for number in range(500)}
    await living.take(event("identify", START, anonymous_id="d", traits=many))
    await living.make("has_first", "EXISTS a000")
    await living.walk()
    await living.take(event("identify", START + 1, anonymous_id="d", traits={"one_more": 1}))
    assert "has_first" not in await living.slugs()
    assert await living.differences() == []


async def test_sizes_are_what_counting_members_gives(living: Living) -> None:
    await living.take(*(event("page", START - number * DAY, anonymous_id=f"d{number}") for number in range(9)))
    await living.identify("d1", PEOPLE[0])
    await living.identify("d2", PEOPLE[0])
    for one in living.engine.audiences.all():
        page = await living.engine.audiences.members(one.id, Window(first=100))
        assert (len(page.items), page.total) == (one.size, one.size), one.slug


async def test_the_number_of_profiles_is_known_without_asking_the_disk(living: Living) -> None:
    await living.engine.audiences.delete(living.audience("all").id)
    for device, email in (("d1", PEOPLE[0]), ("d2", PEOPLE[1]), ("d3", PEOPLE[0])):
        await living.page(device)
        await living.identify(device, email)
    seen = next(one for one in living.engine.catalog.search("momentum"))
    assert seen.count == living.house.profiles == await living.engine.profiles.count() == 2
    await living.restart()
    assert living.house.profiles == 2


async def test_cursors_grow_without_a_gap(living: Living) -> None:
    for number in range(5):
        await living.page(f"d{number}")
        await living.page("d0")
    await living.wait(3 * DAY)
    ids = await living.house.read(
        lambda c: [id for (id,) in c.execute("SELECT id FROM membership_changes ORDER BY id")]
    )
    assert ids == list(range(1, len(ids) + 1))


async def test_listeners_hear_every_change_in_order(living: Living) -> None:
    notices: list[Notice] = []
    async with living.engine.feed.listen() as heard:
        await asyncio.gather(*(living.page(f"d{number}") for number in range(20)))
        await living.wait(DAY)
        async with asyncio.timeout(5):
            while sum(len(one.changes) for one in notices) < await _changes_so_far(living):
                notices.append(await anext(heard))
    cursors = [change.cursor for one in notices for change in one.changes]
    assert cursors == list(range(1, len(cursors) + 1))
    assert {change.subject_id for one in notices for change in one.changes} == set(range(1, 21))


async def _changes_so_far(living: Living) -> int:
    return int(await living.house.read(lambda c: c.execute("SELECT count(*) FROM membership_changes").fetchone()[0]))


async def test_a_listener_who_falls_far_behind_loses_the_oldest(living: Living) -> None:
    async with living.engine.feed.listen() as heard:
        for number in range(1_005):
            living.parts.alarms.commits.feed.publish(Notice(frozenset({number})))
        assert (await anext(heard)).subjects == {5}
