"""The live line: a line for each change of this device, none for anybody else's, and nothing left behind at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from demo_site.live import lines
from engine.domain.audiences import AudienceDraft
from engine.ports import Engine
from tests.demo.reader import DEVICE, leave_address, read

MONTH = 30 * 86_400


async def changes(line: AsyncGenerator[bytes]) -> list[dict[str, Any]]:
    """Wait for the next line that tells something."""
    async for told in line:
        if told.strip():
            return list(msgspec.json.decode(told)["changes"])
    raise AssertionError("the line ended")


async def test_it_opens_with_an_empty_line_so_that_the_reader_knows_it_is_there(engine: Engine) -> None:
    async with aclosing(lines(engine, DEVICE)) as line:
        assert await anext(line) == b"\n"


async def test_a_change_by_an_event_is_told_with_its_cause(engine: Engine) -> None:
    await read(engine)
    async with aclosing(lines(engine, DEVICE)) as line:
        await anext(line)
        await leave_address(engine, "ada@example.com")

        told = {one["audience"]: one["text"] for one in await changes(line)}

    assert told["known_users"].startswith("Entered Known users, because")
    assert told["anonymous_users"].startswith("Left Anonymous users, because")


async def test_a_change_by_time_alone_is_told(engine: Engine) -> None:
    await read(engine)
    assert engine.simulation is not None
    async with aclosing(lines(engine, DEVICE)) as line:
        await anext(line)
        await engine.simulation.advance(MONTH)

        found = [one async for told in _until(line, "high_momentum_low_frequency") for one in told]

    assert ("EXITED", "TIME") in {(one["transition"], one["cause"]) for one in found}


async def _until(line: AsyncGenerator[bytes], slug: str) -> AsyncGenerator[list[dict[str, Any]]]:
    while True:
        told = await changes(line)
        yield told
        if slug in {one["audience"] for one in told}:
            return


async def test_others_and_what_browsers_may_not_know_stay_silent(engine: Engine) -> None:
    await engine.audiences.create(AudienceDraft(name="Secret plans", definition="page_view_count >= 1"))
    async with aclosing(lines(engine, DEVICE)) as line:
        await anext(line)
        await read(engine, device="another")
        await read(engine)

        told = {one["audience"] for one in await changes(line)}

    assert "anonymous_users" in told
    assert "secret_plans" not in told


async def test_silence_is_broken_by_heartbeats(engine: Engine) -> None:
    async with aclosing(lines(engine, DEVICE, heartbeat=0.01)) as line:
        assert [await anext(line) for _ in range(3)] == [b"\n"] * 3


async def test_a_reader_who_goes_leaves_nothing_behind(engine: Engine) -> None:
    before = asyncio.all_tasks()
    line = lines(engine, DEVICE, heartbeat=0.01)
    await anext(line)
    await anext(line)

    await line.aclose()
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before
