"""Where we ourselves fail on an event, it is refused and kept, nobody else suffers, and no client sends it for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

import collector.app
from collector.inbox import Inbox
from collector.metrics import Measured, Metrics
from collector.protocols.context import context_of
from engine.assembly import open_engine
from engine.ports import Engine, Ingest, Outcome, Submission
from engine.settings import Settings
from tests.collector.wire import event


class Clumsy:
    """An ingest with a mistake in it: it fails on what is called `Poison`."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest

    async def ingest(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        await asyncio.sleep(0.05)  # so that the others gather in one round
        if any(event.name == "Poison" for one in submissions for event in one.events):
            raise KeyError("a mistake of ours")
        return await self._ingest.ingest(submissions)


@asynccontextmanager
async def clumsy(folder: Path) -> AsyncIterator[tuple[Engine, httpx2.AsyncClient]]:
    """Run a collector over a clumsy ingest; gives the engine and a client."""
    settings = Settings(database=f"sqlite:///{folder}/rollcall.db", write_key="wk_test")
    async with open_engine(settings) as engine:
        metrics = Metrics(engine)
        async with Inbox(Measured(Clumsy(engine.ingest), metrics), 1_000) as inbox:
            transport = httpx2.ASGITransport(Starlette(routes=collector.app.routes(engine, inbox, metrics)))
            headers = {"Authorization": "Bearer wk_test"}
            async with httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
                yield engine, client


async def test_it_is_400_kept_with_the_reason_and_those_beside_it_go_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    bodies = [{"batch": [event("track", event=name), event()]} for name in ("Bought", "Poison", "Bought")]

    async with clumsy(tmp_path) as (engine, client):
        answers = await asyncio.gather(*(client.post("/v1/batch", json=body) for body in bodies))
        kept = await engine.refusals.recent()

    assert [answer.status_code for answer in answers] == [200, 400, 200]
    assert answers[1].json()["error"]["code"] == "not_processed"
    assert [one.code for one in kept] == ["not_processed"] * 2
    assert {"Poison", "page"} == {
        name for name in ("Poison", "page", "Bought") for one in kept if f'"{name}"' in one.body
    }


async def test_a_mistake_in_reading_is_a_refusal_of_that_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.CRITICAL)

    def wrong(said: Any, properties: Any, *more: Any) -> Any:
        return context_of(said, properties, *more) if "poison" not in properties else 1 / 0

    monkeypatch.setattr("collector.protocols.segment.context_of", wrong)
    async with clumsy(tmp_path) as (_, client):
        answer = await client.post("/v1/batch", json={"batch": [event(), event(properties={"poison": 1})]})

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert [(one["index"], one["code"]) for one in answer.json()["rejected"]] == [(1, "not_processed")]
