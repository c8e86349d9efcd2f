"""Law 5 over random rules and lives: however the clock goes on, everyone enters and leaves at the same instants."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import accumulate, takewhile
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.audiences import Cause, Transition
from tests.engine.foretold import Turn, foretell
from tests.engine.living import Living, copied
from tests.engine.stories import IN_MONTHS, IN_SECONDS, SECOND, Stops, Story, stories, tell

patient = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
History = list[tuple[int, Turn]]


def at_once(begin: int, end: int) -> Iterable[int]:
    """Stop nowhere: what is due rings when it must."""
    return ()


def second_by_second(begin: int, end: int) -> Iterable[int]:
    """Stop at every second."""
    return range(begin + SECOND, end + 1, SECOND)


def unevenly(seed: int) -> Stops:
    """Stop now and then."""
    chance = Random(seed)

    def stops(begin: int, end: int) -> Iterable[int]:
        steps = iter(lambda: chance.randint(1, 1 + (end - begin) // 2), None)
        return takewhile(lambda at: at <= end, accumulate(steps, initial=begin + chance.randint(0, 1)))

    return stops


@asynccontextmanager
async def after(template: Path, story: Story, stops: Stops) -> AsyncIterator[Living]:
    """Let a story happen in a house of its own, and give it then."""
    with TemporaryDirectory() as folder:
        async with Living(copied(template, Path(folder)), story.begins_at) as living:
            await tell(living, story, stops)
            assert await living.differences() == []
            yield living


def _rows(connection: sqlite3.Connection) -> History:
    rows = connection.execute(
        "SELECT c.subject_id, c.at, a.slug, c.transition, c.cause FROM membership_changes AS c"
        " JOIN audiences AS a ON a.id = c.audience_id ORDER BY c.subject_id, c.id"
    )
    return [(subject, (at, slug, Transition(way), Cause(cause))) for subject, at, slug, way, cause in rows]


async def told(living: Living) -> History:
    """Give everyone's whole history, each one's in the order in which it was written."""
    return await living.house.read(_rows)


async def history(template: Path, story: Story, stops: Stops) -> History:
    """Let a story happen, and give everyone's whole history."""
    async with after(template, story, stops) as living:
        return await told(living)


@given(stories(IN_SECONDS, devices=3))
@settings(patient, max_examples=10)
async def test_jumping_gives_the_history_of_going_second_by_second(template: Path, story: Story) -> None:
    assert await history(template, story, at_once) == await history(template, story, second_by_second)


@given(stories(IN_SECONDS, devices=3) | stories(IN_MONTHS, devices=3), st.integers(0, 999))
@settings(patient, max_examples=25)
async def test_any_jumps_give_the_same_history(template: Path, story: Story, seed: int) -> None:
    assert await history(template, story, at_once) == await history(template, story, unevenly(seed))


@given(stories(IN_SECONDS, devices=2, people=()) | stories(IN_MONTHS, devices=2, people=()))
@settings(patient, max_examples=30)
async def test_the_history_is_what_asking_at_every_instant_foretells(template: Path, story: Story) -> None:
    async with after(template, story, at_once) as living:
        assert await told(living) == [
            (id, turn) for id, turns in enumerate(foretell(living, story), 1) for turn in turns
        ]
