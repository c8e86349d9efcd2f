"""A preview asks everyone when there is time, and says so when it has asked only some, spread over all."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime.registry import checked
from engine.runtime.survey import AT_ONCE, Survey, spread
from tests.engine.living import Living, event

PEOPLE = 3 * AT_ONCE


async def fill(house: Living) -> None:
    """Let every third of the people say where he lives."""
    visits = [event("page", house.at, anonymous_id=f"d{number}") for number in range(PEOPLE)]
    traits = [
        event("identify", house.at, anonymous_id=f"d{number}", traits={"city": "Bern"})
        for number in range(0, PEOPLE, 3)
    ]
    await house.take(*visits, *traits)


@pytest.mark.parametrize(("last", "at_once"), [(0, 10), (1, 10), (9, 10), (10, 10), (11, 10), (999, 10), (1_000, 7)])
def test_the_parts_hold_every_index_once(last: int, at_once: int) -> None:
    parts = [range(last)[part] for part in spread(last, at_once)]

    assert sorted(index for part in parts for index in part) == list(range(last))
    assert all(len(part) <= at_once for part in parts)


async def test_everyone_is_asked_while_there_is_time(tmp_path: Path) -> None:
    async with Living(tmp_path / "r.db") as house:
        await fill(house)

        seen = await house.engine.audiences.preview('city = "Bern"', 5)

        assert (seen.size, seen.total, seen.estimated, len(seen.sample)) == (PEOPLE // 3, PEOPLE, False, 5)


async def test_when_time_is_up_some_have_been_asked_from_first_to_last(tmp_path: Path) -> None:
    async with Living(tmp_path / "r.db") as house:
        await fill(house)
        rules = checked("*", house.house.words(), house.house.registry)
        survey = Survey(house.house, rules, [rules.root], frozenset())

        counted = await house.house.read(lambda connection: survey.run(connection, house.at, PEOPLE))

        assert (counted.sizes, counted.is_estimated, len(counted.newest)) == ([PEOPLE], True, AT_ONCE)
        assert min(counted.newest) <= 3
        assert max(counted.newest) >= PEOPLE - 3


async def test_included_audiences_count_as_they_are(tmp_path: Path) -> None:
    async with Living(tmp_path / "r.db") as house:
        await fill(house)
        await house.identify("d0", "ann@example.com")

        seen = await house.engine.audiences.preview('INCLUDE known_users AND city = "Bern"')

        assert (seen.size, seen.estimated) == (1, False)
