"""A walk visits only those who have to do with the new rules, and what comes of it is the same."""

from __future__ import annotations

import pytest

from engine.runtime.backfill import ONE_STEP
from tests.engine.living import DAY, Living, event

PEOPLE = 3 * ONE_STEP


async def fill(living: Living) -> None:
    """Let many people live here, some of whom pay; one of them claims to be another on a second device."""
    plans = {0: "pro", 5: "pro", PEOPLE - 1: "pro", 7: "gold"}
    await living.take(
        *(event("page", living.at, anonymous_id=f"d{number}") for number in range(PEOPLE)),
        *(
            event("identify", living.at, anonymous_id=f"d{number}", traits={"plan": plan})
            for number, plan in plans.items()
        ),
    )
    await living.identify("d7", "gold@example.com")
    await living.identify("second", "gold@example.com")
    while await living.parts.columns.run_once():
        pass


async def walked(living: Living) -> int:
    """Walk to the end; give how many subjects were visited."""
    visited = 0
    while step := await living.parts.backfills.run_once():
        visited += step
    assert await living.differences() == []
    return visited


async def test_only_those_who_may_match_are_visited(living: Living) -> None:
    await fill(living)

    await living.make("payers", 'plan = "pro"')

    assert await walked(living) < 10
    assert living.audience("payers").size == 3


async def test_whoever_is_a_member_is_visited_so_that_he_can_leave(living: Living) -> None:
    await fill(living)
    await living.make("payers", 'plan = "pro"')
    await walked(living)

    await living.edit("payers", definition='plan = "gold"')

    assert await walked(living) < 12
    assert (await living.slugs("d5"), living.audience("payers").size) == (await living.slugs("d6"), 1)


async def test_whoever_changed_since_is_visited(living: Living) -> None:
    await fill(living)
    await living.take(event("identify", living.at, anonymous_id="d9", traits={"plan": "pro"}))

    await living.make("payers", 'plan = "pro"')
    await walked(living)

    assert living.audience("payers").size == 4


@pytest.mark.parametrize("rules", ['last_visit_at > "now-7d"', "score_momentum > 50", "INCLUDE visited_within_day"])
async def test_rules_that_time_turns_need_an_alarm_for_everybody(living: Living, rules: str) -> None:
    await fill(living)

    await living.make("here", rules)

    assert await walked(living) >= PEOPLE
    await living.wait(40 * DAY)
    assert (living.audience("here").size, await living.differences()) == (0, [])


async def test_audiences_that_include_the_new_one_follow(living: Living) -> None:
    await fill(living)
    await living.make("payers", 'plan = "pro"')
    await living.make("others", "NOT INCLUDE payers")
    await walked(living)

    await living.edit("payers", definition='plan IN ("pro", "gold")')

    assert await walked(living) < 12
    assert living.audience("others").size == PEOPLE - 4
