"""An audience being built, step by step: its progress on the pages, and the live line that tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import httpx2
import pytest_asyncio

from console.live import events
from engine.assembly import Parts, open_parts
from engine.domain.audiences import AudienceDraft
from engine.domain.events import Event
from engine.ports import Submission
from engine.settings import Settings
from tests.console.alone import signed_in

TOKEN = "ct_test"
PEOPLE = 300
"""More than one step of building walks over."""


@pytest_asyncio.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    """Open an engine whose background work the test drives, with people in it."""
    async with open_parts(Settings(database=f"sqlite:///{tmp_path}/rollcall.db", console_token=TOKEN)) as parts:
        now = parts.engine.clock.now()
        arrivals = [_arrival(number, now) for number in range(PEOPLE)]
        await parts.engine.ingest.ingest([Submission(arrivals)])
        yield parts


@pytest_asyncio.fixture
async def client(parts: Parts) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a signed-in client of the console alone."""
    async with signed_in(parts.engine, TOKEN) as client:
        yield client


def _arrival(number: int, now: int) -> Event:
    return Event(
        source="test",
        message_id=str(number),
        type="page",
        name="page",
        occurred_at=now,
        received_at=now,
        anonymous_id=f"visitor-number-{number:03}",
    )


async def test_progress_is_shown_until_it_is_active(parts: Parts, client: httpx2.AsyncClient) -> None:
    await parts.engine.audiences.create(AudienceDraft(name="Slowly made", definition="visit_count > 0"))
    shown = [(await client.get("/console/audiences/slowly_made")).text]
    while await parts.backfills.run_once():
        shown.append((await client.get("/console/audiences/slowly_made")).text)

    assert "Building 0 %" in shown[0]
    assert "0% of existing profiles are evaluated." in shown[0]
    assert "Profiles are still being looked at." in shown[0]
    assert "Building 67 %" in shown[1]
    assert ">Active</span>" in shown[-1]
    assert f'data-testid="size">{PEOPLE}</dd>' in shown[-1]


async def test_the_list_can_be_narrowed_to_what_is_being_built(parts: Parts, client: httpx2.AsyncClient) -> None:
    await parts.engine.audiences.create(AudienceDraft(name="Slowly made", definition="visit_count > 0"))

    building = (await client.get("/console/audiences?state=BUILDING")).text
    while await parts.backfills.run_once():
        pass
    afterwards = (await client.get("/console/audiences?state=BUILDING")).text

    assert "Slowly made" in building
    assert "No audience fits" in afterwards


async def test_the_live_line_tells_what_concerns_the_page_and_nothing_else(parts: Parts) -> None:
    async with aclosing(events(parts.engine, lambda notice: "slowly_made" in notice.audiences, pause=0)) as told:
        assert await anext(told) == "event: changed\ndata: \n\n"  # whoever comes may have missed something

        await parts.engine.audiences.create(AudienceDraft(name="Another", definition="*"))
        waiting = asyncio.ensure_future(anext(told))
        _, still = await asyncio.wait({waiting}, timeout=0.3)
        assert still == {waiting}

        await parts.engine.audiences.create(AudienceDraft(name="Slowly made", definition="*"))
        assert await asyncio.wait_for(waiting, 5) == "event: changed\ndata: \n\n"


async def test_what_happens_between_two_tellings_is_told_once(parts: Parts) -> None:
    async with aclosing(events(parts.engine, lambda notice: True, pause=0)) as told:
        await anext(told)
        for number in range(20):
            await parts.engine.audiences.create(AudienceDraft(name=f"Quick {number}", definition="*"))

        assert await anext(told) == "event: changed\ndata: \n\n"
        waiting = asyncio.ensure_future(anext(told))
        _, still = await asyncio.wait({waiting}, timeout=0.3)
        assert still == {waiting}
        waiting.cancel()
        await asyncio.wait({waiting})


async def test_a_live_line_ends_with_the_server(parts: Parts) -> None:
    async with aclosing(events(parts.engine, lambda notice: True, pause=0)) as told:
        await anext(told)

        parts.engine.feed.close()

        assert [one async for one in told] == []
