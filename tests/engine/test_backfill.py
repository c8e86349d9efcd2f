"""New rules meet the people who are there: BUILDING, then ACTIVE; one difference each, none told as an event's."""

from __future__ import annotations

import asyncio

import pytest

from engine.domain.audiences import State
from engine.errors import StorageUnavailable
from engine.ports import AudienceQuery, Notice, Window
from engine.runtime import backfill
from engine.storage import audiences
from tests.engine.faults import fail_next
from tests.engine.living import DAY, HOUR, START, Living, event

CROWD = 3 * backfill.ONE_STEP


async def crowd(living: Living) -> None:
    """Let people come: every other one reads of cycling and has a plan."""
    await living.take(
        *(
            event("identify", living.at, anonymous_id=f"d{number}", traits={"plan": ("pro", "free")[number % 2]})
            for number in range(CROWD)
        )
    )


async def step(living: Living) -> None:
    await living.parts.backfills.run_once()


async def test_an_audience_is_built_while_progress_shows_and_active_when_all_have_met_it(living: Living) -> None:
    await crowd(living)
    made = await living.make("pros", 'plan = "pro"')
    shown = [(made.state, made.size, made.progress)]
    while living.audience("pros").state is State.BUILDING:
        await step(living)
        one = living.audience("pros")
        shown.append((one.state, one.size, one.progress))
    third = CROWD // 6
    assert shown == [
        (State.BUILDING, 0, 0.0),
        (State.BUILDING, third, pytest.approx(1 / 3, abs=0.01)),
        (State.BUILDING, 2 * third, pytest.approx(2 / 3, abs=0.01)),
        (State.ACTIVE, 3 * third, None),
    ]


async def test_an_audience_in_an_empty_house_is_active_at_once(living: Living) -> None:
    assert (await living.make("anyone", "*")).state is State.ACTIVE


async def test_who_stays_through_an_edit_sees_nothing_of_it(living: Living) -> None:
    await living.make("some", "EXISTS first_seen_at")
    await living.identify("stays", "ada@example.com")
    await living.page("leaves")
    await living.edit("some", definition="EXISTS email")
    await living.walk()
    assert [row[1:3] for row in await living.told("stays", "some")] == [("ENTERED", "EVENT")]
    assert [row[1:3] for row in await living.told("leaves", "some")] == [
        ("ENTERED", "EVENT"),
        ("EXITED", "DEFINITION"),
    ]
    assert living.audience("some").size == 1
    assert living.audience("some").version == 2


async def test_a_change_of_name_alone_builds_nothing(living: Living) -> None:
    await living.page()
    await living.make("some", "*")
    await living.walk()
    edited = await living.edit("some", name="Some people", definition="FILTER *")
    assert (edited.state, edited.version, edited.name) == (State.ACTIVE, 2, "Some people")


async def test_an_edit_during_a_backfill_begins_it_anew(living: Living) -> None:
    await crowd(living)
    await living.make("some", 'plan = "pro"')
    await step(living)
    await living.edit("some", definition='plan = "free"')
    assert living.audience("some").progress == 0
    await living.walk()
    assert (living.audience("some").state, living.audience("some").size) == (State.ACTIVE, CROWD // 2)
    assert [row[1] for row in await living.told("d0", "some")] == ["ENTERED", "EXITED"]
    assert [row[1] for row in await living.told("d1", "some")] == ["ENTERED"]
    assert await living.differences() == []


async def test_a_stale_backfill_cannot_make_a_newer_edit_ready(living: Living) -> None:
    await crowd(living)
    await living.make("some", 'plan = "pro"')
    await living.edit("some", definition='plan = "free"')
    (walk,) = living.house.backfills

    def forge(connection: object) -> None:
        """Leave a walk of version 1 at its end, as if it had gone on unnoticed."""
        stale = audiences.Backfill(walk.audience_id, 1, walk.last_id - 1, walk.last_id, walk.number)
        audiences.start_backfill(connection, stale)  # type: ignore[arg-type]

    await living.house.write(forge)
    await living.walk()
    assert living.audience("some").state is State.BUILDING


async def test_an_event_during_a_backfill_finds_the_new_rules_met_and_not_of_its_doing(living: Living) -> None:
    await crowd(living)
    made = await living.make("some", 'plan = "pro"')
    last = f"d{CROWD - 2}"
    await living.page(last)
    assert (await living.told(last, "some")) == [("some", "ENTERED", "DEFINITION", START)]
    await living.take(event("identify", START + 1, anonymous_id=last, traits={"plan": "free"}))
    assert [row[1:3] for row in await living.told(last, "some")][1:] == [("EXITED", "EVENT")]
    await living.walk()
    assert living.audience("some").size == made.size + CROWD // 2 - 1
    assert await living.differences() == []


async def test_who_comes_during_a_backfill_is_asked_at_once(living: Living) -> None:
    await crowd(living)
    await living.make("some", "EXISTS email")
    await living.identify("new", "ada@example.com")
    assert [row[2] for row in await living.told("new", "some")] == ["EVENT"]


async def test_a_backfill_goes_on_after_a_restart_where_it_was(living: Living) -> None:
    await crowd(living)
    await living.make("some", 'plan = "pro"')
    await step(living)
    await living.restart()
    assert living.audience("some").progress == pytest.approx(1 / 3, abs=0.01)
    await living.walk()
    assert (living.audience("some").state, living.audience("some").size) == (State.ACTIVE, CROWD // 2)
    assert await living.differences() == []


async def test_a_step_that_fails_is_taken_again(living: Living) -> None:
    await crowd(living)
    await living.make("some", 'plan = "pro"')
    fail_next(living, 1, "COMMIT")
    with pytest.raises(StorageUnavailable):
        await step(living)
    await living.walk()
    assert living.audience("some").size == CROWD // 2


async def test_several_audiences_are_built_in_one_walk(living: Living) -> None:
    await crowd(living)
    for slug in ("one", "two", "three"):
        await living.make(slug, 'plan = "pro"')
    steps = 0
    while await living.parts.backfills.run_once():
        steps += 1
    assert steps == 3
    assert {living.audience(slug).size for slug in ("one", "two", "three")} == {CROWD // 2}


async def test_what_includes_an_edited_audience_follows_it(living: Living) -> None:
    await living.make("some", "EXISTS email")
    await living.make("others", "NOT INCLUDE some")
    await living.page()
    await living.edit("some", definition="*")
    await living.walk()
    assert [row[1:3] for row in await living.told("d", "others")] == [("ENTERED", "EVENT"), ("EXITED", "DEFINITION")]


async def test_the_loops_walk_what_is_wanted_and_what_another_process_began(living: Living) -> None:
    await crowd(living)
    loops = [asyncio.create_task(one.run()) for one in (living.parts.alarms, living.parts.backfills)]
    async with living.engine.feed.listen() as notices, asyncio.timeout(20):
        await living.make("some", 'plan = "pro"')
        async with Living(living.database, living.at) as beside:
            await beside.make("beside", 'plan = "free"')
        while not all(_is_active(living, slug) for slug in ("some", "beside")):
            await anext(notices)
    for loop in loops:
        loop.cancel()
    assert living.audience("beside").size == CROWD // 2


def _is_active(living: Living, slug: str) -> bool:
    found = living.engine.audiences.by_slug(slug)
    return found is not None and found.state is State.ACTIVE


async def test_listeners_hear_of_each_step(living: Living) -> None:
    await living.page()
    heard: list[Notice] = []
    async with living.engine.feed.listen() as notices:
        await living.make("some", "*")
        await living.walk()
        heard = [await anext(notices), await anext(notices)]
    assert heard[0].audiences == {"some"}
    assert [one.cause for one in heard[1].changes] == ["DEFINITION"]


async def test_an_audience_ends_on_time_and_everyone_leaves_then(living: Living) -> None:
    await living.make("offer", "*", expires_at=START + 3 * HOUR)
    await living.page("old")
    await living.wait(5 * HOUR)
    await living.page("new")
    assert await living.told("old", "offer") == [
        ("offer", "ENTERED", "EVENT", START),
        ("offer", "EXITED", "TIME", START + 3 * HOUR),
    ]
    assert await living.told("new", "offer") == []
    offer = living.audience("offer")
    assert (offer.state, offer.size) == (State.EXPIRED, 0)
    assert offer.state_reason == "Expired at 2026-02-16T03:00:00.000+00:00: nobody is in it any more."
    assert await living.differences() == []


async def test_what_includes_an_audience_follows_its_end(living: Living) -> None:
    await living.make("offer", "*", expires_at=START + HOUR)
    await living.make("no_offer", "NOT INCLUDE offer")
    await living.page()
    await living.wait(DAY)
    assert await living.told("d", "no_offer") == [("no_offer", "ENTERED", "TIME", START + HOUR)]


async def test_an_end_that_is_moved_takes_everyone_along(living: Living) -> None:
    await living.page()
    await living.make("offer", "*", expires_at=START + HOUR)
    await living.walk()
    await living.wait(2 * HOUR)
    await living.edit("offer", expires_at=living.at + HOUR)
    await living.walk()
    await living.wait(2 * HOUR)
    assert [(cause, (at - START) // HOUR) for _, _, cause, at in await living.told("d", "offer")] == [
        ("DEFINITION", 0),
        ("TIME", 1),
        ("DEFINITION", 2),
        ("TIME", 3),
    ]


async def test_an_end_in_the_past_ends_it_now(living: Living) -> None:
    await living.page()
    await living.make("offer", "*")
    await living.walk()
    await living.edit("offer", expires_at=START - DAY)
    await living.walk()
    assert [row[1:3] for row in await living.told("d", "offer")] == [
        ("ENTERED", "DEFINITION"),
        ("EXITED", "DEFINITION"),
    ]
    assert await living.differences() == []


async def test_why_tells_of_an_end(living: Living) -> None:
    await living.make("offer", "*", expires_at=START + HOUR)
    await living.page()
    profile = await living.profile()
    before = await living.engine.profiles.explain(profile.id, "offer")
    assert (before.matched, before.next_change_at) == (True, START + HOUR)
    await living.wait(HOUR)
    after = await living.engine.profiles.explain(profile.id, "offer")
    assert (after.matched, after.next_change_at) == (False, None)
    assert "expired" in after.summary


async def test_expired_audiences_are_listed_as_such(living: Living) -> None:
    await living.make("offer", "*", expires_at=START)
    page = living.engine.audiences.search(AudienceQuery(states=[State.EXPIRED]), Window())
    assert [one.slug for one in page.items] == ["offer"]


async def test_who_met_new_rules_by_an_event_is_moved_by_time_at_its_instant_before_the_walk_comes(
    living: Living,
) -> None:
    await crowd(living)
    await living.make("some", 'last_seen_at > "now-2h"')
    last = f"d{CROWD - 1}"
    await living.page(last)
    await living.wait(3 * HOUR)
    assert await living.told(last, "some") == [
        ("some", "ENTERED", "DEFINITION", START),
        ("some", "EXITED", "TIME", START + 2 * HOUR),
    ]
    await living.walk()
    assert len(await living.told(last, "some")) == 2
    assert await living.differences() == []
