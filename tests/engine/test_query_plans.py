"""No statement of the hot path reads a whole table, and what the writer keeps in memory is bounded."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Barrier

from engine.ports import ProfileQuery, Submission, Window
from engine.storage.sqlite import READERS, connect
from tests.engine.living import DAY, START, Living, event

SMALL = {"meta", "keys", "audiences", "attributes", "backfills", "removals", "leaves", "seen_events", "imports"}
SMALL |= {"sqlite_sequence"}
"""Tables that do not grow with visitors or events."""


@asynccontextmanager
async def overheard(living: Living) -> AsyncIterator[list[str]]:
    """Gather every statement that is run meanwhile, on every connection."""
    statements: list[str] = []
    both = Barrier(READERS)
    await asyncio.gather(*(living.house.read(lambda _: both.wait(10)) for _ in range(READERS)))
    connections = list(living.house.database._opened)
    for connection in connections:
        connection.set_trace_callback(statements.append)
    yield statements
    for connection in connections:
        connection.set_trace_callback(None)


def scans(connection: sqlite3.Connection, statement: str) -> list[str]:
    """Give the steps in which a statement reads a whole table that grows."""
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} - SMALL
    aliases = dict(re.findall(r"(?:FROM|JOIN) (\w+) AS (\w+)", statement))
    named = {alias: table for table, alias in aliases.items()}
    whole = [(step, found[1]) for step in plan if (found := re.match(r"SCAN (\w+)$", step))]
    return [step for step, table in whole if named.get(table, table) in tables]


async def check(living: Living, statements: list[str]) -> None:
    asked = {one for one in statements if one.split(None, 1)[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")}
    assert len(asked) > 1
    with contextlib.closing(connect(living.database)) as other:
        assert [(one, steps) for one in sorted(asked) if (steps := scans(other, one))] == []


async def test_a_batch_scans_nothing(living: Living) -> None:
    await living.page("known")
    async with overheard(living) as statements:
        named = event("identify", START, anonymous_id="known", email="ada@example.com", traits={"plan": "pro"})
        await living.engine.ingest.ingest([Submission([named], visitor="known")])
        await living.identify("other", "ada@example.com")
        living.house.world.forget()
        await living.page("known")
    await check(living, statements)


async def test_alarms_and_backfills_scan_nothing(living: Living) -> None:
    await living.page()
    await living.make("some", "*")
    async with overheard(living) as statements:
        await living.wait(2 * DAY)
        await living.walk()
    await check(living, statements)


async def test_reads_of_one_person_or_one_page_scan_nothing(living: Living) -> None:
    await living.identify("d", "ada@example.com")
    await living.identify("e", "ada@example.com")
    profile, all_ = await living.profile(), living.audience("all")
    profiles, audiences = living.engine.profiles, living.engine.audiences
    async with overheard(living) as statements:
        await profiles.of_visitor("d")
        await profiles.explain(profile.id, "all")
        await profiles.events(profile.id, Window(first=5))
        await profiles.history((await living.me("d")).id, Window(first=5))
        await audiences.changes(all_.id, Window(first=5))
        await profiles.many([1, 2, 3])
        await living.engine.catalog.top_values("path", event="page")
    await check(living, statements)


async def test_deleting_an_audience_scans_nothing(living: Living) -> None:
    await living.page()
    async with overheard(living) as statements:
        await living.engine.audiences.delete(living.audience("anonymous_users").id)
        while await living.parts.removals.run_once():
            pass
    await check(living, statements)


async def test_a_scan_would_be_found(living: Living) -> None:
    with contextlib.closing(connect(living.database)) as other:
        assert scans(other, "SELECT * FROM events AS e WHERE e.name = 'page'") == ["SCAN e"]
        assert scans(other, "SELECT * FROM subjects WHERE email = 'x'") == ["SCAN subjects"]


async def test_lists_of_profiles_follow_an_index(living: Living) -> None:
    await living.page()
    async with overheard(living) as statements:
        await living.engine.profiles.search(ProfileQuery(), Window(first=5))
    with contextlib.closing(connect(living.database)) as other:
        (listing,) = [one for one in statements if "ORDER BY last_at" in one]
        plan = [row[3] for row in other.execute(f"EXPLAIN QUERY PLAN {listing}")]
    assert plan == ["SCAN subjects USING INDEX profiles_by_last"]


async def test_the_writer_keeps_a_bounded_number_of_people(living: Living) -> None:
    kept = living.house.world
    kept.most = 10
    for number in range(40):
        await living.page(f"d{number}")
        await living.page(f"d{number // 2}")
    assert len(kept.profile_of_fragment) == len(kept.people) == 10
    assert len(kept.named) <= 20
    assert await living.differences() == []
