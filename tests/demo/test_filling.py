"""The demo's people live their weeks before anybody looks: their memberships have a past, told as it happened."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from cli import filling
from engine.assembly import open_parts
from engine.ports import Window
from engine.runtime.rebuild import differences
from engine.settings import Settings
from engine.storage.sqlite import path_of
from engine.system import wall_clock

DAY = 86_400_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give a database that twenty people have lived in."""
    filled = Settings(database=f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}")
    asyncio.run(filling.fill(filled, 20))
    return filled


async def test_people_entered_and_left_by_time_when_it_was(settings: Settings) -> None:
    async with open_parts(settings) as parts:
        audience = parts.engine.audiences.by_slug("visited_within_week")
        assert audience is not None
        told = (await parts.engine.audiences.changes(audience.id, Window(first=100))).items

    causes = Counter((one.transition.value, one.cause.value) for one in told)
    assert causes["EXITED", "TIME"] > 5
    assert causes["ENTERED", "EVENT"] > 5
    assert min(one.occurred_at for one in told) < wall_clock() - 14 * DAY


async def test_what_they_lived_is_what_the_log_gives(settings: Settings) -> None:
    async with open_parts(settings) as parts:
        registry = parts.house.registry
        assert await parts.house.read(lambda connection: list(differences(connection, registry))) == []


def test_a_house_that_is_there_stays_as_it_is(settings: Settings) -> None:
    file = path_of(settings.database)
    before = file.read_bytes()

    asyncio.run(filling.fill(settings, 30))

    assert file.read_bytes() == before


def test_a_life_that_was_cut_short_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "demo.db.unfinished").write_text("what a killed process left")
    (tmp_path / "demo.db.unfinished-wal").write_text("more of it")

    asyncio.run(filling.fill(Settings(database=f"sqlite:///{tmp_path / 'demo.db'}"), 3))

    assert [one.name for one in tmp_path.iterdir()] == ["demo.db"]
