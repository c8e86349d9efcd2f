"""What a page says when the engine fails: what happened and what to do, never a bare error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from console.app import routes
from engine.assembly import open_engine
from engine.domain.events import Conflict, Refusal
from engine.errors import Overloaded, StorageUnavailable
from engine.settings import Settings

TOKEN = "ct_test"


@dataclass
class Failing:
    """A port that fails whenever it is asked."""

    error: Exception

    async def recent(self, first: int = 100, skip: int = 0) -> Sequence[Refusal]:
        raise self.error

    async def conflicts(self, first: int = 100, skip: int = 0, profile_id: int | None = None) -> Sequence[Conflict]:
        raise self.error


async def ask(tmp_path: Path, error: Exception, **headers: str) -> httpx2.Response:
    """Open a page whose engine fails."""
    async with open_engine(Settings(database=f"sqlite:///{tmp_path}/rollcall.db", console_token=TOKEN)) as engine:
        app = Starlette(routes=routes(replace(engine, refusals=Failing(error))))
        given = {"Sec-Fetch-Site": "same-origin"} | headers
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://console.test"
        ) as client:
            await client.post("/console/sign-in", data={"token": TOKEN}, headers=given)
            return await client.get("/console/refused", headers=given)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (StorageUnavailable("The disk is full."), 503, ["The disk is full.", "Nothing was changed."]),
        (Overloaded("Too many at once."), 429, ["Too many at once.", "Wait a moment"]),
        (ValueError("secret detail"), 500, ["This broke on our side", "The log of the server tells more."]),
    ],
)
async def test_a_failure_is_a_page_that_advises(tmp_path: Path, error: Exception, status: int, told: list[str]) -> None:
    answer = await ask(tmp_path, error)

    assert answer.status_code == status
    assert all(part in answer.text for part in told)
    assert "secret detail" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_htmx_is_told_of_a_failure_and_keeps_the_page_as_it_is(tmp_path: Path) -> None:
    answer = await ask(tmp_path, StorageUnavailable("Die Platte ist voll: ü."), **{"HX-Request": "true"})

    assert answer.status_code == 503
    assert answer.headers["hx-reswap"] == "none"
    assert answer.headers["hx-trigger"] == '{"failed": {"message": "Die Platte ist voll: \\u00fc."}}'
