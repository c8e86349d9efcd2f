"""Random lives of audiences while people come and go: every edit is met once, and live equals a rebuild at the end."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.audiences import Cause, State
from engine.domain.events import Event
from engine.errors import InUse, InvalidDefinition, StorageUnavailable, Taken
from engine.runtime.rebuild import rewrite
from engine.runtime.registry import Registry
from engine.storage import subjects
from tests.engine.faults import fail_next
from tests.engine.living import HOUR, START, Living, copied
from tests.engine.strategies import PEOPLE, acts, numbered

SLUGS = ("one", "two", "three")
RULES = (
    'plan = "pro"',
    "EXISTS email",
    "NOT INCLUDE one",
    "OR (INCLUDE two, visit_count > 1)",
    'last_seen_at > "now-2d"',
    "score_momentum >= 60",
    'DID "page" AT LEAST 2 TIMES IN LAST "4d"',
    "AND (INCLUDE three, NOT INCLUDE two)",
)
Row = tuple[int, int, int, str]
"""Of a change: its id, its subject, its audience and its cause."""


@dataclass
class Story:
    """A house with what was told of its audiences so far."""

    living: Living
    last: int = 0
    met: set[tuple[int, int, tuple[tuple[int, int], ...]]] = field(default_factory=set)

    async def check(self) -> None:
        """Nobody may be told twice that the same rules moved him, nor anything of an audience that is gone."""
        rows = await self.living.house.read(self._new)
        registry = self.living.house.registry
        for id, subject, audience, cause in rows:
            self.last = id
            if cause == Cause.DEFINITION:
                key = (subject, audience, rules_of(registry, audience))
                assert key not in self.met, f"subject {subject} was moved twice by the same rules of {audience}"
                self.met.add(key)
        assert await self.living.differences() == []

    def _new(self, connection: sqlite3.Connection) -> list[Row]:
        query = "SELECT id, subject_id, audience_id, cause FROM membership_changes WHERE id > ? ORDER BY id"
        return connection.execute(query, (self.last,)).fetchall()


def rules_of(registry: Registry, audience_id: int) -> tuple[tuple[int, int], ...]:
    """Give the versions of the rules of an audience and of all that it includes."""
    includes = [registry.ids[slug] for slug in sorted(registry.definitions[audience_id].includes)]
    own = (audience_id, registry.audiences[audience_id].rules_version)
    return (own, *(one for id in includes for one in rules_of(registry, id)))


async def says(story: Story, batch: list[Event]) -> None:
    await story.living.take(*batch)


async def makes(story: Story, number: int) -> None:
    await story.living.make(SLUGS[number % 3], RULES[number % 8])


async def edits(story: Story, number: int) -> None:
    if story.living.engine.audiences.by_slug(SLUGS[number % 3]):
        await story.living.edit(SLUGS[number % 3], definition=RULES[number // 3 % 8])


async def renames(story: Story, number: int) -> None:
    if story.living.engine.audiences.by_slug(SLUGS[number % 3]):
        await story.living.edit(SLUGS[number % 3], name=f"Name {number}", tags=("a",))


async def moves_the_end(story: Story, number: int) -> None:
    if story.living.engine.audiences.by_slug(SLUGS[number % 3]):
        await story.living.edit(SLUGS[number % 3], expires_at=(None, story.living.at + 30 * HOUR)[number % 2])


async def restores(story: Story, number: int) -> None:
    found = story.living.engine.audiences.by_slug(SLUGS[number % 3])
    if found is not None:
        await story.living.engine.audiences.restore(found.id, 1 + number % found.version)


async def deletes(story: Story, number: int) -> None:
    found = story.living.engine.audiences.by_slug(SLUGS[number % 3])
    if found is not None:
        await story.living.engine.audiences.delete(found.id)


async def walks(story: Story, _: int) -> None:
    await story.living.parts.backfills.run_once()


async def removes(story: Story, _: int) -> None:
    await story.living.parts.removals.run_once()


async def rings(story: Story, _: int) -> None:
    await story.living.parts.alarms.run_once()


async def waits(story: Story, number: int) -> None:
    story.living.at += number * HOUR


async def restarts(story: Story, _: int) -> None:
    await story.living.restart()


async def fails(story: Story, countdown: int) -> None:
    """Let any statement of what comes next fail, also the rollback of one that failed already."""
    if story.living.house.database._writer is not None:
        fail_next(story.living, countdown + 1)


numbers = st.integers(0, 47)
said = st.tuples(
    st.just(says),
    st.lists(
        st.tuples(st.sampled_from(["d1", "d2", "d3", "d4"]), st.sampled_from(PEOPLE[:2])).flatmap(
            lambda pair: acts(*pair, START)
        ),
        min_size=1,
        max_size=4,
    ),
)
edit = st.tuples(st.sampled_from([makes, edits, edits, renames, moves_the_end, restores, deletes]), numbers)
work = st.tuples(st.sampled_from([walks, walks, removes, rings, waits, restarts, fails]), numbers)
stories = st.lists(st.one_of(said, edit, edit, work), min_size=6, max_size=30)
Step = Callable[[Story, Any], Awaitable[None]]


async def lived(template: Path, steps: list[tuple[Step, Any]]) -> None:
    """Live a story; what is refused is refused, and what fails is as if it had not been."""
    with TemporaryDirectory() as folder:
        async with Living(copied(template, Path(folder))) as living:
            story = Story(living)
            await living.make("one", RULES[0])
            for number, (step, given) in enumerate(steps):
                given = numbered(given, f"m{number}-") if step is says else given
                with contextlib.suppress(StorageUnavailable, Taken, InUse, InvalidDefinition):
                    await step(story, given)
                with contextlib.suppress(StorageUnavailable):
                    await story.check()
            await _ends_well(story)


async def _ends_well(story: Story) -> None:
    living = story.living
    await living.restart()  # with a connection of which no failure is due any more
    await living.walk()
    await living.ring()
    while await living.parts.removals.run_once():
        pass
    await story.check()
    assert {one.state for one in living.engine.audiences.all()} <= {State.ACTIVE, State.EXPIRED}
    for one in living.engine.audiences.all():
        kept = await living.engine.audiences.versions(one.id, 100)
        assert [version.version for version in kept] == list(range(one.version, 0, -1))
    await _is_as_rebuilt(living)


async def _is_as_rebuilt(living: Living) -> None:
    """Rewrite everybody from the log, and find the very rows that were there."""
    before = await living.house.read(_memberships)
    ids = await living.house.read(lambda connection: subjects.after(connection, 0, 2**62, 1_000))
    await living.house.write(lambda connection: rewrite(living.house, connection, ids))
    assert await living.house.read(_memberships) == before
    known = {one.id for one in living.engine.audiences.all()}
    assert {audience for _, audience in before} <= known


def _memberships(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    return connection.execute("SELECT subject_id, audience_id FROM memberships ORDER BY 1, 2").fetchall()


@given(stories)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_edit_moves_everyone_once_and_live_equals_a_rebuild(
    furnished: Path, steps: list[tuple[Step, Any]]
) -> None:
    asyncio.run(lived(furnished, steps))
