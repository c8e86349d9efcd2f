"""Law 5: a membership that changes because time passed changes at that instant, in both directions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.assembly import open_engine
from engine.domain.audiences import AudienceDraft, MembershipChange, Transition
from engine.errors import InvalidValue
from engine.ports import Notice, Submission
from engine.runtime.rebuild import rewrite
from engine.settings import Settings
from engine.storage import subjects
from tests.engine.living import DAY, HOUR, MINUTE, START, Living, copied, event
from tests.engine.strategies import PEOPLE, acts, numbered

MONTH_OF_FEBRUARY = 28 * DAY
"""From 16 February to 16 March."""


@pytest.mark.parametrize(
    ("slug", "transition", "after"),
    [
        ("visited_within_day", "EXITED", DAY),
        ("visited_within_week", "EXITED", 7 * DAY),
        ("visited_within_month", "EXITED", MONTH_OF_FEBRUARY),
        ("dormant", "ENTERED", (28 + 31 + 30) * DAY),
    ],
)
async def test_a_membership_turns_at_the_very_millisecond(
    living: Living, slug: str, transition: str, after: int
) -> None:
    await living.page()
    await living.wait(after - 1)
    assert (slug in await living.slugs()) == (transition == "EXITED")
    await living.wait(1)
    assert (slug in await living.slugs()) == (transition == "ENTERED")
    assert (slug, transition, "TIME", START + after) in await living.told("d", slug)


async def test_momentum_is_left_by_time_alone_after_some_18_days(living: Living) -> None:
    await living.page()
    await living.wait(30 * DAY)
    entered, left = await living.told("d", "high_momentum_low_frequency")
    assert entered[1:] == ("ENTERED", "EVENT", START)
    assert left[1:3] == ("EXITED", "TIME")
    assert (left[3] - START) / DAY == pytest.approx(18.4, abs=0.05)
    assert await living.differences() == []


async def test_what_was_due_before_an_event_happens_first_and_at_its_own_instant(living: Living) -> None:
    await living.page()
    living.at += 3 * DAY
    await living.page()
    told = [row[1:] for row in await living.told("d", "visited_within_day")]
    assert told == [
        ("ENTERED", "EVENT", START),
        ("EXITED", "TIME", START + DAY),
        ("ENTERED", "EVENT", START + 3 * DAY),
    ]


async def test_an_event_in_the_very_millisecond_of_an_expiry_leaves_one_right_answer(living: Living) -> None:
    await living.page()
    living.at += DAY
    await living.page()
    assert "visited_within_day" in await living.slugs()
    assert await living.ring() == 0
    assert await living.differences() == []


async def test_one_batch_with_an_expiry_and_events_of_several_gives_each_the_right_answer(living: Living) -> None:
    await living.make("until_tomorrow", 'DID "page" AT LEAST 2 TIMES', expires_at=START + DAY)
    await living.take(*(event("page", START, anonymous_id=device) for device in ("d", "d", "e")))
    living.at += 2 * DAY
    await living.take(*(event("page", living.at, anonymous_id=device) for device in ("e", "d", "f")))
    assert [row[1:] for row in await living.told("d", "until_tomorrow")] == [
        ("ENTERED", "EVENT", START),
        ("EXITED", "TIME", START + DAY),
    ]
    assert await living.told("e", "until_tomorrow") == []
    assert [len(await living.told(device, "visited_within_day")) for device in ("d", "e", "f")] == [3, 3, 1]
    assert await living.differences() == []


async def test_a_late_event_counts_in_its_place(living: Living) -> None:
    await living.page()
    await living.wait(2 * DAY)
    await living.take(event("page", START + DAY + HOUR, received_at=living.at, anonymous_id="d"))
    assert (await living.told("d", "visited_within_day"))[-1][1:3] == ("ENTERED", "EVENT")
    await living.wait(DAY)
    assert (await living.told("d", "visited_within_day"))[-1][1:] == ("EXITED", "TIME", START + 2 * DAY + HOUR)


async def test_a_restart_forgets_nothing_and_fires_what_came_due_meanwhile_at_its_own_instant(living: Living) -> None:
    await living.page()
    living.at += 40 * DAY
    await living.restart()
    assert await living.ring() > 0
    exits = {slug: (cause, at) for slug, transition, cause, at in await living.told() if transition == "EXITED"}
    assert exits["visited_within_day"] == ("TIME", START + DAY)
    assert exits["visited_within_week"] == ("TIME", START + 7 * DAY)
    assert await living.differences() == []


async def test_thousands_that_are_due_at_once_all_turn(living: Living) -> None:
    crowd = [event("page", START, anonymous_id=f"d{number}") for number in range(3_000)]
    await living.take(*crowd)
    await living.wait(DAY)
    assert living.audience("visited_within_day").size == 0
    assert living.audience("all").size == 3_000
    assert await living.differences() == []


async def _due(living: Living) -> int:
    return len(await living.house.read(lambda connection: subjects.due(connection, living.at, 10_000)))


async def test_events_are_answered_between_rounds_while_thousands_are_due(living: Living) -> None:
    await living.take(*(event("page", START, anonymous_id=f"d{number}") for number in range(2_000)))
    living.at += DAY
    ringing = asyncio.create_task(living.ring())
    still_due = []
    for number in range(5):
        await living.page(f"new{number}")
        still_due.append(await _due(living))
    assert 2_000 >= still_due[0] > still_due[-1] > 0
    await ringing
    assert await _due(living) == 0
    assert living.audience("visited_within_day").size == 5
    assert await living.differences() == []


async def test_what_comes_due_in_many_rounds_is_told_in_order_of_time(living: Living) -> None:
    await living.take(*(event("page", START - n * MINUTE, anonymous_id=f"d{n}") for n in range(600)))
    await living.wait(40 * DAY)
    rows = await living.house.read(lambda c: c.execute("SELECT at FROM membership_changes ORDER BY id").fetchall())
    assert rows == sorted(rows)


async def test_audiences_over_audiences_move_with_them(living: Living) -> None:
    await living.make("away", "NOT INCLUDE visited_within_day")
    await living.make("long_away", "AND (INCLUDE away, NOT INCLUDE visited_within_week)")
    await living.page()
    await living.wait(10 * DAY)
    assert await living.told("d", "away", "long_away") == [
        ("away", "ENTERED", "TIME", START + DAY),
        ("long_away", "ENTERED", "TIME", START + 7 * DAY),
    ]


async def test_a_new_audience_sets_alarms_for_those_who_were_there(living: Living) -> None:
    await living.page()
    await living.make("here_today", 'last_visit_at > "now-5h"')
    await living.walk()
    await living.wait(10 * HOUR)
    assert await living.told("d", "here_today") == [
        ("here_today", "ENTERED", "DEFINITION", START),
        ("here_today", "EXITED", "TIME", START + 5 * HOUR),
    ]


async def test_an_audience_that_is_being_built_is_not_told_as_times_doing(living: Living) -> None:
    await living.page()
    await living.make("here_today", 'last_visit_at > "now-5d"')
    await living.wait(2 * DAY)
    await living.walk()
    assert await living.told("d", "here_today") == [("here_today", "ENTERED", "DEFINITION", START + 2 * DAY)]
    await living.wait(4 * DAY)
    assert (await living.told("d", "here_today"))[-1] == ("here_today", "EXITED", "TIME", START + 5 * DAY)


async def test_a_deleted_audience_moves_nobody(living: Living) -> None:
    await living.make("here_today", 'last_visit_at > "now-5h"')
    await living.page()
    await living.engine.audiences.delete(living.audience("here_today").id)
    await living.wait(10 * HOUR)
    assert await living.differences() == []
    assert await living.told("d", "here_today") == []


async def test_a_claimed_device_has_alarms_of_its_own(living: Living) -> None:
    await living.identify("d1", PEOPLE[0])
    await living.page("d1")
    living.at += 12 * HOUR
    await living.identify("d2", PEOPLE[0])
    await living.page("d2")
    await living.wait(13 * HOUR)
    assert "visited_within_day" in await living.slugs("d1")
    mine = {device: {one.audience.slug for one in (await living.me(device)).audiences} for device in ("d1", "d2")}
    assert "visited_within_day" not in mine["d1"]
    assert "visited_within_day" in mine["d2"]
    last = (await living.history((await living.me("d1")).id))[-1]
    assert (last.audience_slug, last.cause, last.occurred_at) == ("visited_within_day", "TIME", START + DAY)


async def _asked_anew(living: Living) -> list[MembershipChange]:
    """Ask every rule of everyone now, and give the history after it."""
    ids = await living.house.read(lambda connection: subjects.after(connection, 0, 2**62, 1_000))
    await living.house.write(lambda connection: rewrite(living.house, connection, ids))
    return [change for id in ids for change in await living.history(id)]


@given(st.lists(acts("d", PEOPLE[0], START), min_size=1, max_size=6).map(numbered), st.integers(1, 200 * 24))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whoever_is_asked_anew_at_any_time_has_been_told_already(furnished: Path, life: list[Any], hours: int) -> None:
    async def lived() -> None:
        with TemporaryDirectory() as folder:
            async with Living(copied(furnished, Path(folder))) as living:
                await living.take(*life)
                await living.wait(hours * HOUR)
                before = await living.history((await living.profile()).id)
                assert [one for one in await _asked_anew(living) if one.subject_id == before[0].subject_id] == before

    asyncio.run(lived())


async def test_a_clock_that_was_set_back_judges_nobody_as_of_the_past(living: Living) -> None:
    await living.make("gone_for_an_hour", 'last_visit_at <= "now-1h"')
    await living.take(event("page", START - 2 * HOUR, received_at=START, anonymous_id="d"))
    living.at -= 90 * MINUTE
    await living.restart()
    await living.take(event("page", START - 2 * HOUR, received_at=living.at, anonymous_id="d"))
    assert "gone_for_an_hour" in await living.slugs()
    assert await living.differences() == []


async def test_a_clock_that_leaps_months_ahead_and_comes_back_waits_for_those_whom_it_saw(living: Living) -> None:
    await living.page("seen")
    await living.wait(20 * DAY)
    living.at -= 19 * DAY
    await living.restart()
    await living.page("seen")
    await living.page("new")
    await living.wait(2 * DAY)
    assert [row[1:] for row in await living.told("new", "visited_within_day")] == [
        ("ENTERED", "EVENT", START + DAY),
        ("EXITED", "TIME", START + 2 * DAY),
    ]
    told = [at for _, _, _, at in await living.told("seen")]
    assert told == sorted(told)
    await living.wait(90 * DAY)
    assert (await living.told("seen", "visited_within_month"))[-1][1:] == ("EXITED", "TIME", START + 29 * DAY)
    assert await living.differences() == []


@pytest.mark.parametrize("seconds", [-1, 10**12])
async def test_the_clock_is_not_moved_by_nonsense(living: Living, seconds: int) -> None:
    assert living.engine.simulation is not None
    with pytest.raises(InvalidValue, match="moves on by 0 to"):
        await living.engine.simulation.advance(seconds)


async def test_moving_the_clock_fires_in_order_and_is_remembered(living: Living) -> None:
    assert living.engine.simulation is not None
    await living.page()
    await asyncio.gather(*(living.engine.simulation.advance(8 * 86_400) for _ in range(3)))
    assert living.engine.clock.now() == START + 24 * DAY
    await living.restart()
    assert living.engine.clock.now() == START + 24 * DAY
    turned = [one.occurred_at for one in await living.history((await living.profile()).id)]
    assert turned == sorted(turned)


async def test_the_running_engine_rings_by_itself_and_tells_the_very_instant(template: Path, tmp_path: Path) -> None:
    async with open_engine(Settings(database=f"sqlite:///{copied(template, tmp_path)}")) as engine:
        draft = AudienceDraft(name="Just here", definition='last_visit_at > "now-1s"')
        await engine.audiences.create(draft)
        async with engine.feed.listen() as notices, asyncio.timeout(10):
            now = engine.clock.now()
            await engine.ingest.ingest([Submission([event("page", now, anonymous_id="d")])])
            heard = [one async for one in _until_left(notices, "just_here")]
        assert [(one.transition, one.cause) for one in heard] == [("ENTERED", "EVENT"), ("EXITED", "TIME")]
        assert heard[-1].occurred_at == now + 1_000


async def _until_left(notices: AsyncIterator[Notice], slug: str) -> AsyncIterator[MembershipChange]:
    async for notice in notices:
        for change in notice.changes:
            if change.audience_slug == slug:
                yield change
                if change.transition is Transition.EXITED:
                    return
