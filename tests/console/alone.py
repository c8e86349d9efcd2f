"""The console over an engine that the test drives itself: no server, no background work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette

from console.app import routes
from engine.ports import Engine


@asynccontextmanager
async def signed_in(engine: Engine, token: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a client of the console that has signed in with a token."""
    transport = httpx2.ASGITransport(app=Starlette(routes=routes(engine)))
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://console.test", headers=headers) as client:
        await client.post("/console/sign-in", data={"token": token})
        yield client
