"""A deleted audience is gone at once; what it leaves goes in small steps, and nothing of it shows meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from engine.domain.audiences import State
from engine.errors import InUse, StorageUnavailable
from engine.ports import Window
from engine.runtime import removals
from tests.engine.faults import fail_next
from tests.engine.living import HOUR, Living, event

CROWD = 2 * removals.ONE_STEP


async def crowded(living: Living) -> int:
    """Let people come and all be in one audience; give its id."""
    await living.take(*(event("page", living.at, anonymous_id=f"d{number}") for number in range(CROWD)))
    made = await living.make("doomed", "*")
    await living.walk()
    return made.id


async def delete(living: Living, slug: str = "doomed") -> None:
    await living.engine.audiences.delete(living.audience(slug).id)


async def remove(living: Living) -> list[int]:
    """Take every step that is left; give how much each removed."""
    steps = []
    while removed := await living.parts.removals.run_once():
        steps.append(removed)
    return steps


async def left(living: Living, audience_id: int) -> int:
    """Count the rows of an audience that are still there."""

    def count(connection: sqlite3.Connection) -> int:
        tables = ("memberships", "membership_changes", "audience_versions", "backfills", "removals")
        query = " + ".join(f"(SELECT count(*) FROM {table} WHERE audience_id = {audience_id})" for table in tables)
        return int(connection.execute(f"SELECT {query}").fetchone()[0])

    return await living.house.read(count)


async def test_it_is_gone_at_once_and_from_everywhere(living: Living) -> None:
    id = await crowded(living)
    await delete(living)
    assert await left(living, id) == 2 * CROWD + 1
    assert living.engine.audiences.by_slug("doomed") is None
    assert "doomed" not in await living.slugs("d0")
    assert await living.told("d0", "doomed") == []
    assert "doomed" not in (await living.engine.profiles.visitor("d0")).audiences
    assert await living.differences() == []


async def test_what_it_leaves_goes_in_small_steps(living: Living) -> None:
    id = await crowded(living)
    await delete(living)
    steps = await remove(living)
    assert (sum(steps), max(steps)) == (2 * CROWD + 1, removals.ONE_STEP)
    assert await left(living, id) == 0
    assert await living.differences() == []


async def test_a_restart_goes_on_with_it(living: Living) -> None:
    id = await crowded(living)
    await delete(living)
    await living.parts.removals.run_once()
    await living.restart()
    assert "doomed" not in await living.slugs("d0")
    await remove(living)
    assert await left(living, id) == 0


async def test_a_step_that_fails_is_taken_again(living: Living) -> None:
    id = await crowded(living)
    await delete(living)
    fail_next(living, 1, "COMMIT")
    with pytest.raises(StorageUnavailable):
        await living.parts.removals.run_once()
    await remove(living)
    assert await left(living, id) == 0


async def test_its_slug_can_be_used_at_once_and_members_come_anew(living: Living) -> None:
    await crowded(living)
    await delete(living)
    again = await living.make("doomed", "EXISTS email")
    await living.identify("d0", "ada@example.com")
    await living.walk()
    await remove(living)
    members = await living.engine.audiences.members(again.id, Window(first=10))
    assert ([profile.email for profile, _ in members.items], living.audience("doomed").size) == (["ada@example.com"], 1)
    assert [row[1] for row in await living.told("d0", "doomed")] == ["ENTERED"]
    assert await living.differences() == []


async def test_who_joins_another_meanwhile_takes_nothing_of_it_along(living: Living) -> None:
    id = await crowded(living)
    await delete(living)
    for device in ("d0", "d1", "d2"):
        await living.identify(device, "ada@example.com")
    await remove(living)
    await living.page("d1")
    await living.wait(HOUR)
    assert await left(living, id) == 0
    assert await living.differences() == []


async def test_one_that_is_being_built_can_be_deleted(living: Living) -> None:
    await crowded(living)
    made = await living.make("hasty", "*")
    await living.parts.backfills.run_once()
    await delete(living, "hasty")
    await living.walk()
    await remove(living)
    assert (await left(living, made.id), await left(living, living.audience("doomed").id)) == (0, 2 * CROWD + 1)


async def test_several_are_removed_one_after_the_other(living: Living) -> None:
    ids = [await crowded(living), (await living.make("empty", "EXISTS email")).id]
    await living.walk()
    await delete(living)
    await delete(living, "empty")
    await remove(living)
    assert [await left(living, id) for id in ids] == [0, 0]


async def test_one_in_use_stays_and_its_users_are_named(living: Living) -> None:
    await living.make("used", "EXISTS email")
    await living.make("user", "NOT INCLUDE used")
    await living.make("other", "AND (INCLUDE used, visit_count > 1)")
    with pytest.raises(InUse, match=r"^used is used by user, other\."):
        await delete(living, "used")
    assert living.audience("used").state is State.ACTIVE


async def test_the_loop_removes_what_is_deleted_and_what_was_left_before(living: Living) -> None:
    ids = [await crowded(living), (await living.make("later", "*")).id]
    await living.walk()
    await delete(living)
    loop = asyncio.create_task(living.parts.removals.run())
    await delete(living, "later")
    async with asyncio.timeout(20):
        while [await left(living, id) for id in ids] != [0, 0]:  # noqa: ASYNC110  # it tells nobody when it is done
            await asyncio.sleep(0.01)
    loop.cancel()
