"""Law 3: live equals recomputed at any moment, after any fault; and what is not equal is found."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.events import Event
from engine.errors import InUse, NotFound, StorageUnavailable, Taken
from engine.runtime.rebuild import recount_attributes, rewrite
from engine.storage import subjects
from engine.storage.sqlite import connect
from tests.engine.faults import fail_next
from tests.engine.living import DAY, HOUR, START, Living, copied
from tests.engine.strategies import PEOPLE, acts, numbered

DEFINITIONS = (
    'plan = "pro"',
    "score_momentum >= 60",
    'AND (INCLUDE pros, last_visit_at > "now-3d")',
    "OR (INCLUDE new_visitors, affinity.coffee > 0.1)",
    'DID "page" AT LEAST 3 TIMES IN LAST "20d"',
)


async def _says(living: Living, batch: list[Event]) -> None:
    await living.take(*batch)


async def _lets_pass(living: Living, hours: int) -> None:
    living.at += hours * HOUR


async def _lays_out(living: Living, number: int) -> None:
    await living.parts.columns.run_once(quiet=bool(number % 4))


async def _rings(living: Living, _: int) -> None:
    await living.parts.alarms.run_once()


async def _steps(living: Living, _: int) -> None:
    await living.parts.backfills.run_once()


async def _restarts(living: Living, _: int) -> None:
    await living.restart()


async def _makes(living: Living, number: int) -> None:
    expires_at = living.at + 5 * DAY if number % 2 else None
    with contextlib.suppress(Taken):
        await living.make("made", DEFINITIONS[number % 5], expires_at=expires_at)


async def _edits(living: Living, number: int) -> None:
    slug = "made" if living.engine.audiences.by_slug("made") else "pros"
    definition = DEFINITIONS[number % 2]
    await living.edit(slug, definition=definition, expires_at=living.at + 2 * DAY if number % 3 == 0 else None)


async def _deletes(living: Living, number: int) -> None:
    found = living.engine.audiences.by_slug(("made", "cycling_pros", "pros")[number % 3])
    with contextlib.suppress(InUse, NotFound):  # it may be gone by a commit that was said to have failed
        if found is not None:
            await living.engine.audiences.delete(found.id)


async def _fails(living: Living, countdown: int) -> None:
    """Let any statement of what comes next fail."""
    fail_next(living, countdown + 1)


async def _fails_to_commit(living: Living, number: int) -> None:
    fail_next(living, 1, "COMMIT", afterwards=bool(number % 2))


async def _is_written_beside(living: Living, number: int) -> None:
    """Let another process rewrite everybody, as `rollcall rebuild` does."""
    async with Living(living.database, living.at) as beside:
        ids = await beside.house.read(lambda connection: subjects.after(connection, 0, 2**62, 1_000))
        await beside.house.write(lambda connection: rewrite(beside.house, connection, ids))


devices = st.sampled_from(["d1", "d2", "d3", "d1", "d2", "d3", None])
people = st.sampled_from(PEOPLE[:2])
user_ids = st.sampled_from([None] * 8 + ["u1", "u2"])
one_act = (
    st.tuples(st.tuples(devices, people).flatmap(lambda pair: acts(*pair, START)), user_ids)
    .map(lambda pair: msgspec.structs.replace(pair[0], user_id=pair[1]))
    .filter(lambda one: bool(one.anonymous_id or one.email or one.user_id))
)
numbers = st.integers(0, 40)
said = st.tuples(st.just(_says), st.lists(one_act, min_size=1, max_size=4))
steps = st.lists(
    st.one_of(
        said,
        said,
        st.tuples(st.just(_lets_pass), st.sampled_from([1, 24, 24 * 20])),
        st.tuples(
            st.sampled_from(
                [
                    _rings,
                    _steps,
                    _lays_out,
                    _restarts,
                    _makes,
                    _edits,
                    _deletes,
                    _fails,
                    _fails_to_commit,
                    _is_written_beside,
                ]
            ),
            numbers,
        ),
    ),
    min_size=4,
    max_size=25,
)


async def live(template: Path, life: list[tuple[Any, Any]]) -> None:
    """Live through all steps; whatever is acknowledged must be there in the end, and live must equal recomputed."""
    acknowledged: set[str] = set()
    with TemporaryDirectory() as folder:
        async with Living(copied(template, Path(folder))) as living:
            for number, (step, given) in enumerate(life):
                given = numbered(given, f"m{number}-") if step is _says else given
                with contextlib.suppress(StorageUnavailable):
                    await step(living, given)
                    acknowledged |= {one.message_id for one in given} if step is _says else set()
                assert await living.differences() == []
            stored = await living.house.read(_message_ids)
            assert acknowledged <= stored


def _message_ids(connection: sqlite3.Connection) -> set[str]:
    return {id for (id,) in connection.execute("SELECT message_id FROM events")}


@given(steps)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_live_equals_recomputed_after_anything(furnished: Path, life: list[tuple[Any, Any]]) -> None:
    asyncio.run(live(furnished, life))


async def _furnished_life(living: Living) -> None:
    await living.page("d1")
    await living.identify("d1", PEOPLE[0], traits={"plan": "pro"})
    await living.identify("d2", PEOPLE[0])
    assert await living.differences() == []


@pytest.mark.parametrize(
    ("tampering", "place"),
    [
        ("UPDATE fragments SET state = (SELECT state FROM fragments WHERE id = 2) WHERE id = 1", "fragment 1"),
        ("UPDATE fragments SET profile_id = 99 WHERE id = 1", "link of fragment 1"),
        ("UPDATE links SET home_id = 99 WHERE fragment_id = 1", "link of fragment 1"),
        ("DELETE FROM memberships WHERE subject_id = 1 AND audience_id = 1", "subject 1 in all"),
        ("DELETE FROM memberships WHERE kind = 1 AND audience_id = 1", "subject 2 in all"),
        ("INSERT INTO memberships VALUES (1, 3, 0, 0)", "subject 1 in anonymous_users"),
        ("UPDATE audiences SET size = size + 1 WHERE id = 1", "size of all"),
        ("UPDATE subjects SET due_at = NULL WHERE id = 1", "alarm of subject 1"),
        ("UPDATE subjects SET due_at = due_at + 1000000000 WHERE id = 1", "alarm of subject 1"),
        ("UPDATE subjects SET email = NULL WHERE id = 1", "listing of profile 1"),
        ("DELETE FROM identifiers WHERE namespace = 'email'", "identifier email ada@example.com"),
        ("DELETE FROM events WHERE id = 1", "fragment 1"),
        ("UPDATE attributes SET count = count + 1", "attribute plan"),
    ],
)
async def test_what_was_tampered_with_is_found(living: Living, tampering: str, place: str) -> None:
    await _furnished_life(living)
    with contextlib.closing(connect(living.database)) as other:
        other.execute(tampering)
    found = await living.differences()
    assert any(one.startswith(place) for one in found), found


async def test_rewriting_heals_fragments_and_memberships(living: Living) -> None:
    await _furnished_life(living)
    with contextlib.closing(connect(living.database)) as other:
        other.execute("UPDATE attributes SET count = 7, type = 'number'")
        other.execute("UPDATE fragments SET state = (SELECT state FROM fragments WHERE id = 2) WHERE id = 1")
        other.execute("DELETE FROM memberships WHERE subject_id = 1")
    changed = await living.house.write(lambda connection: rewrite(living.house, connection, [1]))
    counted = await living.house.write(lambda connection: recount_attributes(living.house, connection))
    left = await living.differences()
    assert (changed, counted, [one for one in left if not one.startswith("size")]) == (1, 1, [])
