"""A house for each test; making one takes a quarter of a second, so that it is made once and copied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.living import START, Living, copied, event

FURNITURE = {
    "pros": 'plan = "pro"',
    "cyclists": "affinity.cycling >= 0.2",
    "cycling_pros": "AND (INCLUDE pros, INCLUDE cyclists)",
    "known_but_no_pro": "AND (INCLUDE known_users, NOT INCLUDE pros)",
    "keen_readers": 'DID "page" AT LEAST 2 TIMES IN LAST "10d"',
    "silent": 'NOT DID "track" IN LAST "5d"',
    "not_here_of_late": "NOT INCLUDE visited_within_day",
}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a closed house that has the starter audiences and nobody in it."""
    path = tmp_path_factory.mktemp("template") / "rollcall.db"

    async def make() -> None:
        async with Living(path):
            pass

    asyncio.run(make())
    return path


@pytest.fixture
async def living(template: Path, tmp_path: Path) -> AsyncIterator[Living]:
    """Give a house with the starter audiences."""
    async with Living(copied(template, tmp_path)) as house:
        yield house


@pytest.fixture(scope="session")
def furnished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a closed house with audiences over attributes, affinities and other audiences, and one seasoned visitor."""
    path = copied(template, tmp_path_factory.mktemp("furnished"))

    async def furnish() -> None:
        async with Living(path) as house:
            await house.take(event("identify", START, anonymous_id="seasoned", traits={"plan": "pro"}))
            for slug, definition in FURNITURE.items():
                await house.make(slug, definition)
            await house.walk()

    asyncio.run(furnish())
    return path


@pytest.fixture
async def other_living(template: Path, tmp_path: Path) -> AsyncIterator[Living]:
    """Give a second house, in which things go another way."""
    folder = tmp_path / "other"
    folder.mkdir()
    async with Living(copied(template, folder)) as house:
        yield house
